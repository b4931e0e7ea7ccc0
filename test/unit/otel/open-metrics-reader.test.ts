import { describe, expect, test } from 'vitest';
import { readOpenMetrics } from '../../integration/support/open-metrics.js';

describe('the reader that the tests have refuses', () => {
  const histogram = (...lines: string[]): string => ['# TYPE h histogram', ...lines, '# EOF\n'].join('\n');
  test.each([
    ['no end', '# TYPE a gauge\na 1\n'],
    ['an empty line', '# TYPE a gauge\n\na 1\n# EOF\n'],
    ['a counter without _total', '# TYPE a counter\na 1\n# EOF\n'],
    ['a family twice', '# TYPE a gauge\na 1\n# TYPE a gauge\n# EOF\n'],
    ['a series twice', '# TYPE a gauge\na 1\na 2\n# EOF\n'],
    ['a unit that is not in the name', '# TYPE a gauge\n# UNIT a seconds\n# EOF\n'],
    ['a quote in HELP', '# TYPE a gauge\n# HELP a "so"\n# EOF\n'],
    ['names that clash', '# TYPE a counter\n# TYPE a_total gauge\n# EOF\n'],
    ['an exemplar of a gauge', '# TYPE a gauge\na 1 # {trace_id="1"} 1\n# EOF\n'],
    ['a bound without a point', histogram('h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', 'h_count 1')],
    ['buckets that fall', histogram('h_bucket{le="1.0"} 2', 'h_bucket{le="+Inf"} 1', 'h_count 1')],
    ['no bucket +Inf', histogram('h_bucket{le="1.0"} 2', 'h_count 2')],
    ['an exemplar of another bucket', histogram('h_bucket{le="+Inf"} 1', 'h_bucket{le="1.0"} 1 # {} 2', 'h_count 1')],
    ['a long exemplar', histogram(`h_bucket{le="+Inf"} 1 # {a="${'x'.repeat(128)}"} 1`, 'h_count 1')],
  ])('%s', (_name, text) => {
    expect(() => readOpenMetrics(text)).toThrow(Error);
  });
});
