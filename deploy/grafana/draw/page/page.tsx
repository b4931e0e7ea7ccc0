/** One dashboard, as wide as the window, in Grafana's grid: 24 columns, 30 px a row, one column on a narrow screen. */
import '@grafana/react-data-grid/lib/styles.css';
import 'uplot/dist/uPlot.min.css';
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import { ThemeContext, type DataFrame } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { StrictMode, useEffect, useState, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { prepareFrames, theme } from './frames.js';
import type { Drawing, DrawnPanel } from './model.js';
import { drawContent, isEmpty } from './panels.js';

const COLUMNS = 24;
const ROW_PX = 30;
const GAP_PX = 8;
const NARROW_PX = 769;

const drawing = (await (await fetch('/drawing.json')).json()) as Drawing;

const width = document.documentElement.clientWidth;
const isNarrow = width < NARROW_PX;
const column = (width - 2 * 16 + GAP_PX) / COLUMNS;

function Panel({ drawn }: { readonly drawn: DrawnPanel }): ReactNode {
  const { panel } = drawn;
  const [frames, setFrames] = useState<DataFrame[]>();
  useEffect(() => {
    void prepareFrames(drawn).then(setFrames);
  }, [drawn]);
  const { w, h } = panel.gridPos;
  const size = {
    width: isNarrow ? width - 2 * 16 : w * column - GAP_PX,
    height: h * (ROW_PX + GAP_PX) - GAP_PX,
  };
  return (
    <PanelChrome title={panel.title ?? ''} description={panel.description ?? ''} {...size}>
      {(innerWidth: number, innerHeight: number) => {
        if (frames === undefined) return <i data-waiting />;
        if (isEmpty(frames))
          return (
            <p style={{ textAlign: 'center', paddingTop: innerHeight / 2 - 12, color: theme.colors.text.secondary }}>
              {panel.fieldConfig?.defaults?.noValue ?? 'No data'}
            </p>
          );
        return drawContent({ panel, frames, width: innerWidth, height: innerHeight, time: drawing });
      }}
    </PanelChrome>
  );
}

function place({ panel }: DrawnPanel): React.CSSProperties {
  if (isNarrow) return { marginBottom: GAP_PX };
  const { x, y } = panel.gridPos;
  return { position: 'absolute', left: x * column, top: y * (ROW_PX + GAP_PX) };
}

function Dashboard(): ReactNode {
  const bottom = Math.max(...drawing.panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  return (
    <main style={{ padding: 16, background: theme.colors.background.canvas }}>
      <h1 style={{ fontSize: 18, margin: '0 0 8px' }}>{drawing.title}</h1>
      <p style={{ margin: '0 0 8px', color: theme.colors.text.secondary }}>
        {drawing.variables.map(({ label, value }) => `${label}: ${value}`).join('   ·   ')}
      </p>
      <div style={{ position: 'relative', height: isNarrow ? 'auto' : bottom * (ROW_PX + GAP_PX) }}>
        {drawing.panels.map((drawn, index) => (
          <div key={index} data-panel={drawn.panel.title} style={place(drawn)}>
            {drawn.panel.type === 'row' ? (
              <h2 style={{ fontSize: 16, margin: 0, lineHeight: '30px' }}>⌄ {drawn.panel.title}</h2>
            ) : (
              <Panel drawn={drawn} />
            )}
          </div>
        ))}
      </div>
    </main>
  );
}

await initPluginTranslations('barbossa');
// Texts are measured before they are drawn.
await Promise.all(['400 14px Inter', '500 14px Inter'].map((font) => document.fonts.load(font)));
const root = document.createElement('div');
document.body.append(root);
document.body.style.background = theme.colors.background.canvas;
createRoot(root).render(
  <StrictMode>
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Dashboard />
    </ThemeContext.Provider>
  </StrictMode>,
);
