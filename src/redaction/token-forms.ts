import { isAsciiWordCode } from './characters.js';
import { endsEscape } from './escapes.js';
import type { Span } from './values.js';

/** The service that issues a token, what it begins with (several in a row), and a pattern of what follows. */
type TokenForm = readonly [service: string, prefixes: string, rest: string];

const AN = '[A-Za-z0-9]';
const W = '[A-Za-z0-9_-]';
const DOTTED = '[A-Za-z0-9_.=-]';
const HEX = '[0-9a-fA-F]';

/**
 * Tokens that are known by their own form, as the services and secret scanners publish it. Lengths are the shortest that
 * are told from words, not the published ones: those change. In a pattern, what may repeat without a limit is the last
 * part, or ends at a sign that is no part of it: a text that was made for it must not take long.
 */
export const TOKEN_FORMS: readonly TokenForm[] = [
  ['1Password', 'ops_eyJ', `${DOTTED}{20,}`],
  ['Adafruit', 'aio_', `${AN}{28}`],
  ['Adobe', 'p8e-', `${AN}{32}`],
  ['age', 'AGE-SECRET-KEY-1', '[A-Z0-9]{40,}'],
  ['Airtable', 'pat', `${AN}{14}\\.[0-9a-f]{40,}`],
  ['Alibaba Cloud', 'LTAI', `${AN}{12,}`],
  ['Anthropic', 'sk-ant-', `${W}{16,}`],
  ['Atlassian', 'ATATT3 ATCTT3 ATSTT3', '[A-Za-z0-9_=-]{20,}'],
  ['Atlassian', 'ATBB', `${AN}{24,}`],
  ['AWS', 'AKIA ASIA ABIA ACCA', `[A-Z0-9]{16}(?!${AN})`],
  ['AWS', 'ABSK', '[A-Za-z0-9+/=]{40,}'],
  ['Brevo', 'xkeysib- xsmtpsib-', `${W}{20,}`],
  ['Clojars', 'CLOJARS_', `${AN}{30,}`],
  ['Cloudflare', 'v1.0-', '[0-9a-f]{24}-[0-9a-f]{40,}'],
  ['Contentful', 'CFPAT-', `${W}{20,}`],
  ['Databricks', 'dapi', `${HEX}{32}(?:-\\d)?(?!${AN})`],
  ['DigitalOcean', 'dop_v1_ doo_v1_ dor_v1_', `${HEX}{32,}`],
  ['Discord', 'MD MT Mj Mz ND NT Nj Nz OD OT', `${W}{21,26}\\.${W}{6}\\.${W}{27,}`],
  ['Docker', 'dckr_pat_ dckr_oat_', `${W}{20,}`],
  ['Doppler', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', `(?:[a-z0-9_-]{2,35}\\.)?${AN}{40,}`],
  ['Dynatrace', 'dt0', '[a-z]\\d{2}\\.[A-Z0-9]{20,}\\.[A-Z0-9]{40,}'],
  ['EasyPost', 'EZAK EZTK', `${AN}{50,}`],
  ['Figma', 'figd_ figo_ figor_ figu_', `${W}{20,}`],
  ['Fly.io', 'fo1_', `${W}{40,}`],
  ['Fly.io', 'fm1a_ fm1r_ fm2_', '[A-Za-z0-9+/=_-]{60,}'],
  ['GitHub', 'ghp_ gho_ ghu_ ghs_ ghr_', `${W}{20,}`],
  ['GitHub', 'github_pat_', `${W}{20,}`],
  [
    'GitLab',
    'glpat- gloas- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- glwt- glsoat- glffct-',
    '[A-Za-z0-9_.-]{16,}',
  ],
  ['GitLab', 'GR1348941', `${W}{16,}`],
  ['Google', 'AIza', `${W}{30,}`],
  ['Google', 'ya29.', `${DOTTED}{16,}`],
  ['Google', 'GOCSPX-', `${W}{20,}`],
  ['Google', '1//0', `${W}{30,}`],
  ['Grafana', 'glc_ glsa_', '[A-Za-z0-9+/=_]{24,}'],
  ['Groq', 'gsk_', `${AN}{30,}`],
  ['HashiCorp', 'hvs. hvb. hvr.', `${W}{20,}`],
  ['Heroku', 'HRKU-', `${W}{30,}`],
  ['Hugging Face', 'hf_ api_org_', `${AN}{30,}`],
  ['JetBrains', 'perm: perm-', `[A-Za-z0-9+/=_-]{6,80}\\.[A-Za-z0-9+/=_-]{2,80}\\.${AN}{16,}`],
  ['JFrog', 'AKCp', `${AN}{60,}`],
  ['JFrog', 'cmVmdGtu', `${AN}{50,}`],
  ['Linear', 'lin_api_ lin_oauth_', `${AN}{30,}`],
  // cache-key-… and user-key-… are the keys of others.
  ['Mailgun', 'key- pubkey-', `(?<!${AN}[_-]key-)[0-9a-f]{32}(?!${AN})`],
  ['New Relic', 'NRAK- NRAA- NRJS- NRII- NRRA-', `${W}{16,}`],
  ['Notion', 'ntn_', `${AN}{30,}`],
  ['Notion', 'secret_', `${AN}{43}(?!${AN})`],
  ['npm', 'npm_', `${AN}{30,}`],
  ['NuGet', 'oy2', `[a-z0-9]{43}(?!${AN})`],
  ['NVIDIA', 'nvapi-', `${W}{40,}`],
  ['OpenAI', 'sk-proj- sk-svcacct- sk-admin- sk-None-', `${W}{16,}`],
  ['OpenAI and those alike', 'sk-', `(?=${AN}{0,40}\\d)${AN}{20,}`],
  ['OpenRouter', 'sk-or-v1-', `${W}{16,}`],
  ['Perplexity', 'pplx-', `${AN}{30,}`],
  ['PlanetScale', 'pscale_tkn_ pscale_pw_ pscale_oauth_', `${DOTTED}{24,}`],
  ['PostHog', 'phx_', `${AN}{30,}`],
  ['Postman', 'PMAK-', '[0-9a-f]{20,}-[0-9a-f]{30,}'],
  ['Pulumi', 'pul-', `[0-9a-f]{40}(?!${AN})`],
  ['PyPI', 'pypi-AgE', `${W}{16,}`],
  ['ReadMe', 'rdme_', '[a-z0-9]{40,}'],
  ['Replicate', 'r8_', `${AN}{30,}`],
  ['RubyGems', 'rubygems_', `${HEX}{32,}`],
  ['SendGrid', 'SG.', `${W}{16,64}\\.${W}{16,}`],
  ['Sentry', 'sntrys_ sntryu_', '[A-Za-z0-9+/=_-]{30,}'],
  ['Shopify', 'shpat_ shpca_ shppa_ shpss_ shpua_', `${HEX}{20,}`],
  ['Slack', 'xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.xoxb- xoxe.xoxp-', '[A-Za-z0-9_.%+/=-]{10,}'],
  ['Slack', 'xapp-', `\\d-${W}{16,}`],
  ['Square', 'sq0atp- sq0csp- sq0idp-', `${W}{20,}`],
  ['Square', 'EAAA', `${W}{50,}`],
  ['Stripe', 'sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_', `${AN}{10,}`],
  ['Stripe', 'whsec_', '[A-Za-z0-9+/=]{20,}'],
  ['Supabase', 'sbp_', `${HEX}{32,}`],
  ['Supabase', 'sb_secret_', `${W}{20,}`],
  ['Tailscale', 'tskey-', `[a-z]{2,12}-${W}{16,}`],
  ['Twilio', 'SK', `[0-9a-f]{32}(?!${AN})`],
  ['Typeform', 'tfp_', `${DOTTED}{40,}`],
  ['Vercel', 'vck_ vcp_ vca_ vci_ vcu_', `${AN}{24,}`],
  ['xAI', 'xai-', `${AN}{40,}`],
];

/**
 * Addresses that are secrets themselves: whoever knows the rest of them may post. What comes before it stays. Slashes may be
 * encoded for a URL or for JSON, or be several; a host may be in capitals, have a port, and end with a dot.
 */
const SLASH = '(?:\\\\{0,7}/|%(?:25){0,3}2[fF]|\\\\{1,7}u002[fF]){1,4}';
const PORT = '\\.?(?:(?::|%(?:25){0,3}3[aA])\\d{1,5})?';
const PATH = '(?:[A-Za-z0-9_/%.~+-]|\\\\{1,7}(?:/|u002[fF]))+';
export const ADDRESS_FORMS: readonly (readonly [service: string, host: string, kept: string, secret: string])[] = [
  ['Discord', 'discord.com discordapp.com', `${SLASH}api${SLASH}(?:v\\d{1,2}${SLASH})?webhooks${SLASH}`, PATH],
  [
    'IFTTT',
    'maker.ifttt.com',
    `${SLASH}trigger${SLASH}[^/%\\s\\\\]{1,80}${SLASH}(?:json${SLASH})?with${SLASH}key${SLASH}`,
    `${W}+`,
  ],
  ['Microsoft Teams', 'webhook.office.com', `${SLASH}webhookb2${SLASH}`, PATH.replace('_/', '_@/')],
  ['Slack', 'hooks.slack.com hooks.slack-gov.com', `${SLASH}(?:services|workflows|triggers)${SLASH}`, PATH],
  [
    'Telegram',
    'api.telegram.org',
    `${SLASH}(?:file${SLASH})?bot`,
    '[A-Za-z0-9_:-]+(?:%(?:25){0,3}3[aA][A-Za-z0-9_-]+)?',
  ],
  ['Zapier', 'hooks.zapier.com', `${SLASH}hooks${SLASH}catch${SLASH}`, PATH],
];

/** Tokens of which a word may begin with anything: looked for where the sign, which is in all of them, is in a text. */
export const SIGNED_FORMS: readonly (readonly [service: string, sign: string, pattern: RegExp])[] = [
  ['Azure', 'Q~', /[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{28,}/g],
  ['HashiCorp', '.atlasv1.', /[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}/g],
  ['Mailchimp', '-us', /[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])/g],
  ['Telegram', ':AA', /\d{6,12}:AA[A-Za-z0-9_-]{30,}/g],
];

interface Form {
  readonly prefix: string;
  /** Whether it is the name of a host, which may be in capitals. */
  readonly isHost: boolean;
  /** What follows the prefix; its group is what stays. */
  readonly rest: RegExp;
}

/** By the first two units: few words begin with two of them. */
const FORMS = new Map<number, Form[]>();
const PAIRS = new Uint8Array(0x4000);

for (const [, prefixes, rest] of TOKEN_FORMS) addForms(prefixes, `()(?:${rest})`, false);
for (const [, hosts, kept, secret] of ADDRESS_FORMS) addForms(hosts, `(${PORT}${kept})(?!${SLASH})${secret}`, true);

function addForms(prefixes: string, rest: string, isHost: boolean): void {
  for (const prefix of prefixes.split(' ')) {
    const form = { prefix, isHost, rest: new RegExp(rest, 'y') };
    for (const key of isHost ? listHostKeys(prefix) : [pairAt(prefix, 0)]) {
      PAIRS[key] = 1;
      FORMS.set(key, [...(FORMS.get(key) ?? []), form]);
    }
  }
}

/** The first two units in small letters, in capitals, and mixed. */
function listHostKeys(host: string): readonly number[] {
  const [first = '', second = ''] = host;
  return [first, first.toUpperCase()].flatMap((one) =>
    [second, second.toUpperCase()].map((two) => pairAt(one + two, 0)),
  );
}

function pairAt(text: string, at: number): number {
  return (text.charCodeAt(at) << 7) | text.charCodeAt(at + 1);
}

/** The first token from `from` on that is known by its form. Undefined where there is none. */
export function findToken(text: string, from: number): Span | undefined {
  let inWord = from > 0 && isAsciiWordCode(text.charCodeAt(from - 1));
  let code = text.charCodeAt(from);
  for (let at = from; at < text.length; at++) {
    const next = text.charCodeAt(at + 1);
    if (code < 0x80 && next < 0x80 && PAIRS[(code << 7) | next] === 1 && (!inWord || endsEscape(text, at))) {
      const span = findTokenAt(text, at);
      if (span !== undefined) return span;
    }
    inWord = isAsciiWordCode(code);
    code = next;
  }
  return undefined;
}

function findTokenAt(text: string, at: number): Span | undefined {
  const forms = FORMS.get(pairAt(text, at));
  if (forms === undefined) return undefined;
  for (const { prefix, isHost, rest } of forms) {
    const there = text.slice(at, at + prefix.length);
    if ((isHost ? there.toLowerCase() : there) !== prefix) continue;
    rest.lastIndex = at + prefix.length;
    const [all, kept = ''] = rest.exec(text) ?? [];
    if (all === undefined) continue;
    const start = kept === '' ? at : at + prefix.length + kept.length;
    return { start, end: at + prefix.length + all.length };
  }
  return undefined;
}
