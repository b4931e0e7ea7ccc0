import { find, printMs, printNumber } from './text.js';

/** @typedef {[time: number, rate: number, errors: number, p50: number | null, p95: number | null, p99: number | null]} Point */

/**
 * What is used of uPlot, which is loaded as a script.
 * @typedef {{ root: Element, setData(data: unknown): void, setSize(size: { width: number, height: number }): void, destroy(): void }} Plot
 */
/** @type {new (options: object, data: unknown, place: Element) => Plot} */
const UPlot = Reflect.get(globalThis, 'uPlot');

const MOST_POINTS = 180;
const HEIGHT = 180;

/** The two charts, and what they are drawn of. */
export class Charts {
  /** @type {Point[]} */
  #points = [];
  /** @type {Plot[]} */
  #plots = [];

  constructor() {
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', () => this.#draw());
    addEventListener('resize', () => {
      for (const plot of this.#plots) plot.setSize({ width: widthOf(plot.root), height: HEIGHT });
    });
  }

  /** @param {readonly Point[]} points In place of those of the same time. @param {boolean} anew */
  add(points, anew = false) {
    const known = new Map((anew ? [] : this.#points).map((point) => [point[0], point]));
    for (const point of points) known.set(point[0], point);
    this.#points = [...known.values()].sort((a, b) => a[0] - b[0]).slice(-MOST_POINTS);
    if (this.#plots.length === 0) this.#draw();
    const [rates, durations] = this.#columns();
    this.#plots[0]?.setData(rates);
    this.#plots[1]?.setData(durations);
  }

  /** Newest time that is drawn, for who asks from outside. */
  get newest() {
    return this.#points.at(-1)?.[0];
  }

  #columns() {
    const column = (/** @type {number} */ index) => this.#points.map((point) => point[index] ?? null);
    return [
      [column(0), column(1), column(2)],
      [column(0), column(3), column(4), column(5)],
    ];
  }

  #draw() {
    for (const plot of this.#plots) plot.destroy();
    const [rates, durations] = this.#columns();
    this.#plots = [
      drawPlot('rate-chart', rates, printNumber, [
        { stroke: color('--rate'), fill: color('--rate-fill'), width: 2 },
        { stroke: color('--error'), fill: color('--error-fill'), width: 2 },
      ]),
      drawPlot('duration-chart', durations, printMs, [
        { stroke: color('--p50'), width: 1.5 },
        { stroke: color('--p95'), width: 2 },
        { stroke: color('--p99'), width: 1.5 },
      ]),
    ];
  }
}

/**
 * @param {string} id @param {unknown} data @param {(value: number) => string} print
 * @param {{ stroke: string, fill?: string, width: number }[]} series
 */
function drawPlot(id, data, print, series) {
  const place = find(id);
  const axis = { stroke: color('--soft'), font: '11px system-ui, sans-serif', ticks: { show: false } };
  return new UPlot(
    {
      width: widthOf(place),
      height: HEIGHT,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        y: {
          range: (/** @type {unknown} */ _plot, /** @type {number} */ _min, /** @type {number | null} */ max) => [
            0,
            Math.max(max ?? 0, 0.5) * 1.15,
          ],
        },
      },
      axes: [
        { ...axis, size: 26, grid: { show: false }, space: 70, values: printTimes },
        {
          ...axis,
          size: 56,
          space: 36,
          grid: { stroke: color('--line'), width: 1 },
          values: (/** @type {unknown} */ _plot, /** @type {number[]} */ values) => values.map(print),
        },
      ],
      series: [{}, ...series.map((one) => ({ ...one, points: { show: false }, spanGaps: false }))],
    },
    data,
    place,
  );
}

/**
 * @param {unknown} _plot @param {number[]} times @param {number} _axis @param {number} _space
 * @param {number} stepSeconds From one time to the next.
 */
function printTimes(_plot, times, _axis, _space, stepSeconds) {
  const seconds = stepSeconds < 60 ? { second: /** @type {const} */ ('2-digit') } : {};
  return times.map((time) =>
    new Date(time * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...seconds }),
  );
}

/** @param {Element} element */
function widthOf(element) {
  return Math.max(200, (element.closest('.chart') ?? element).clientWidth);
}

/** @param {string} name */
function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
