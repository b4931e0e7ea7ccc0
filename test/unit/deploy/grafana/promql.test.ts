import { describe, expect, test } from 'vitest';
import { readPromql } from '../../../../deploy/grafana/builder/promql.js';

describe('selectors', () => {
  test.each([
    ['up', ['up']],
    ['up{job="a"}', ['up{job="a"}']],
    ['sum by (a) (rate(x_total{b=~"c}(", d!="e"}[5m]))', ['x_total{b=~"c}(", d!="e"}']],
    ['sum(rate(x_total[$__rate_interval])) by (a)', ['x_total']],
    ['x / on (a) group_left (b) y', ['x', 'y']],
    ['count by (v) (x) unless count by (v) (x offset 5m)', ['x', 'x']],
    ['(sum(x) or vector(0)) / 2 >= 0', ['x']],
    ['histogram_quantile(0.95, sum by (le) (x_bucket)) > bool 1e3', ['x_bucket']],
    ['job:x:rate5m{a="b"} == NaN', ['job:x:rate5m{a="b"}']],
  ])('of %s', (text, selectors) => {
    expect(readPromql(text).selectors.map((selector) => selector.text)).toStrictEqual(selectors);
  });

  test('have the labels of their braces, not their values', () => {
    const [selector] = readPromql('x{a="by", b=~"on|$c"}').selectors;
    expect(selector?.labels.map(({ text }) => text)).toStrictEqual(['a', 'b']);
  });
});

describe('groupings', () => {
  test.each([
    ['sum by (a, b) (x) / y', 'by', ['a', 'b'], ['x']],
    ['y / sum(x) by (a)', 'by', ['a'], ['x']],
    ['max without (a) (x{b="c"})', 'without', ['a'], ['x{b="c"}']],
    ['x / ignoring (a) y', 'ignoring', ['a'], ['x', 'y']],
  ])('of %s', (text, keyword, labels, selectors) => {
    const [grouping] = readPromql(text).groupings;
    expect(grouping?.keyword).toBe(keyword);
    expect(grouping?.labels.map((label) => label.text)).toStrictEqual(labels);
    expect(grouping?.selectors.map((selector) => selector.text)).toStrictEqual(selectors);
  });
});
