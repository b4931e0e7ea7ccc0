import type { PanelJson } from './model.js';

const COLUMNS = 24;

/** Panels over each other, beyond the edge, or with the id or the title of another one. */
export function checkLayout(panels: readonly PanelJson[]): string[] {
  const problems: string[] = [];
  for (const [index, panel] of panels.entries()) {
    const name = `"${panel.title ?? panel.id}"`;
    const { x, y, w, h } = panel.gridPos;
    if (w <= 0 || h <= 0 || x < 0 || y < 0 || x + w > COLUMNS) problems.push(`${name}: beyond the edge`);
    for (const other of panels.slice(0, index)) {
      const names = `"${other.title ?? other.id}" and ${name}`;
      if (other.id === panel.id) problems.push(`${names}: both have the id ${panel.id}`);
      if (other.title === panel.title) problems.push(`${names}: both have one title`);
      if (doOverlap(panel, other)) problems.push(`${names}: one lies over the other`);
    }
  }
  return problems;
}

function doOverlap({ gridPos: a }: PanelJson, { gridPos: b }: PanelJson): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
