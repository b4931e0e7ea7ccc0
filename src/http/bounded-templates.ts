import { warnOnce } from '../diagnostics/diag.js';

/** Templates of one kind that are endpoints of their own. */
const MAX_TEMPLATES = 200;
const MAX_TEMPLATE_CHARS = 200;

/** Endpoint of all others. */
const OTHER = 'other';

/**
 * Keeps the templates of one kind within a number: what is not the code's own text may be a path with ids in it, a series
 * each. The first 200 are taken as they are; the rest, and what is longer than 200 characters, is `other`, with one warning.
 * @param kind Begins the warning.
 */
export function boundTemplates(kind: string): (template: string) => string {
  const known = new Set<string>();
  return (template) => {
    if (known.has(template)) return template;
    if (known.size < MAX_TEMPLATES && template.length <= MAX_TEMPLATE_CHARS) {
      known.add(template);
      return template;
    }
    const shown = JSON.stringify(template.slice(0, 40));
    warnOnce(
      `templates:${kind}`,
      `${kind}: ${shown} is longer than ${MAX_TEMPLATE_CHARS} characters, or beyond ${MAX_TEMPLATES} different ones: ` +
        `it and all others to come are counted as "${OTHER}"; a template has no ids in it: /tracks/:id`,
    );
    return OTHER;
  };
}
