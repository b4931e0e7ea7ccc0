/** The vocabulary of redaction: plain letters in lower case, without what stands between words. */

/** What is said of a key, or of a name in a text. */
export type Verdict =
  /** Nothing to hide. */
  | 'plain'
  /** The value is a secret, whatever it is. */
  | 'secret'
  /** The value is a secret where it is a text: `auth` is also the name of harmless objects. */
  | 'text'
  /** A plural: the value is a secret unless it is a number, which then counts (`tokens: 512`). */
  | 'countable'
  /** Names what another entry of the same object holds: `{ name: 'X-Plex-Token', value: '…' }`. */
  | 'name'
  /** Holds what another entry names. */
  | 'value';

/** Secrets also where another word runs into them: `dbpassword`, `plextoken`. */
export const SECRET_ENDINGS: ReadonlyMap<string, Verdict> = withPlurals([
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'pswd',
  'token',
  'secret',
  'authorization',
  'authorisation',
  'cookie',
  'credential',
  'sessionid',
  'apikey',
  'accesskey',
  'accountkey',
  'authkey',
  'encryptionkey',
  'hmackey',
  'masterkey',
  'privatekey',
  'secretkey',
  'sessionkey',
  'sharedkey',
  'signingkey',
  'sshkey',
]);

/** Secrets as whole words only, whatever follows: they are too short or too common in longer words. */
export const SECRET_WORDS: ReadonlyMap<string, Verdict> = new Map([
  ...withPlurals([
    'bearer',
    'codeverifier',
    'cred',
    'csrf',
    'jsessionid',
    'jwt',
    'phpsessid',
    'sessid',
    'totp',
    'xsrf',
  ]),
  ['authcode', 'secret'],
  ['authdata', 'secret'],
  ['authorizationcode', 'secret'],
  ['clientassertion', 'secret'],
  ['devicecode', 'secret'],
  ['samlresponse', 'secret'],
  ['authheader', 'secret'],
]);

/** Secrets where they are the last word: `smtp_pass`, but not `pass_rate`. */
export const SECRET_LAST_WORDS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ['auth', 'text'],
  ['dbpass', 'secret'],
  ['keypass', 'secret'],
  ['otp', 'secret'],
  ['pass', 'secret'],
  ['pgpass', 'secret'],
  ['sid', 'secret'],
  ['userpass', 'secret'],
]);

/** What may run into the end of `password`, `token` or `secret` and leaves it one. */
export const SECRET_TAILS: ReadonlySet<string> = new Set(
  listWords('again confirm confirmation hash new old plain repeat salt text value'),
);

/**
 * Last words of keys that tell of a secret and do not hold it: `tokens_used`, `password_changed_at`, `cookie_domain`.
 * Any other word at the end changes nothing: `password_hash`, `PLEX_TOKEN_OLD`, `api_key_lidarr` are secrets.
 */
export const HARMLESS_LAST_WORDS: ReadonlySet<string> = new Set([
  // how many, how much
  ...listWords('age attempt attempts budget bucket buckets cost count counts index left len length limit'),
  ...listWords('limits max min offset position price rate remaining retries score size sizes strength total'),
  ...listWords('totals unused usage used'),
  // when
  ...listWords('at created changed date day days exp expiration expired expires expiry hour hours lifetime'),
  ...listWords('minute minutes month ms refreshed rotated sec second seconds time timestamp today ttl updated'),
  // whether
  ...listWords('allowed consent disabled enabled httponly invalid missing needed present required samesite'),
  ...listWords('secure set state status supported valid validity verified'),
  // which and where
  ...listWords('alg algo algorithm audience class column dir domain encoding endpoint error errors failure'),
  ...listWords('failures field fields file filename folder format host id ids issuer kind kinds manager method'),
  ...listWords('middleware mode name names owner parser path policies policy provider rule rules schema scope'),
  ...listWords('scopes service source storage store type types uri url urls version'),
  // lines of source files: `token.js:12`
  ...listWords('cjs cts js jsx mjs mts py ts tsx'),
  // objects whose entries are looked at one by one
  ...listWords('config options settings'),
]);

/** Names of query parameters that are secrets in a URL and harmless elsewhere. */
export const URL_SECRETS: ReadonlySet<string> = new Set(['sig', 'signature', 'xamzsignature', 'xgoogsignature']);

/** Keys that name what the entry `value` beside them holds. */
export const NAME_KEYS: ReadonlySet<string> = new Set(['field', 'header', 'key', 'name', 'param', 'parameter']);
/** Keys of what is named beside them. */
export const VALUE_KEYS: ReadonlySet<string> = new Set(['val', 'value', 'values']);

/** Schemes of an Authorization header that one word of credentials follows. */
export const AUTH_SCHEMES: ReadonlySet<string> = new Set(listWords('apikey basic bearer dpop negotiate ntlm token'));

/** Words that follow "bearer", "basic" or "--token" in a sentence, where no credentials do. */
export const PROSE_AFTER_SECRET: ReadonlySet<string> = new Set([
  ...listWords('and are auth authentication authorisation authorization challenge credential credentials error'),
  ...listWords('expired failed for from has header headers in invalid is missing must not of on or realm'),
  ...listWords('rejected required scheme schemes scope the to token tokens was with'),
  ...listWords('absent accepted as at but by can cannot did does due empty found has have header if it malformed may'),
  ...listWords('mismatch not ok present refused revoked sent set should unknown unset via wrong will'),
]);

/**
 * One of these is in every text that the scanner could find something in, URLs with a user in them aside; a text without
 * any is not scanned. Found whatever the case.
 */
export const SUSPICIOUS: readonly string[] = listWords(
  'auth aws4 basic bearer code= cookie cred digest eyj grant_type hawk identified key jwt mac negotiate ntlm otp pass pswd pwd secret sess setuser sid sig srf token vapid verifier',
);

function listWords(text: string): string[] {
  return text.split(' ');
}

function withPlurals(words: readonly string[]): Map<string, Verdict> {
  return new Map(
    words.flatMap((word): [string, Verdict][] => [
      [word, 'secret'],
      [`${word}s`, 'countable'],
    ]),
  );
}
