/** What a router or a request of Express shows of where it is: `baseUrl` is the text that its mounts have matched. */
export interface Located {
  readonly url?: string;
  readonly baseUrl?: string;
}

/** A router that a request has gone into, below the one that it is mounted on. */
export interface Mount {
  readonly outer: Mount | undefined;
  /** Template of the whole path down to here. */
  readonly path: string;
  readonly baseUrl: string;
  /** The path that was asked for before this mount took its part off, and what it left. */
  readonly before: string;
  readonly after: string;
  readonly layer: object;
}

/**
 * The mount that a request is in once it has gone into `layer`.
 * @param template Path that the layer is mounted at, as it was given to Express.
 */
export function enterMount(current: Mount | undefined, layer: object, template: string, request: Located): Mount {
  const baseUrl = request.baseUrl ?? '';
  const after = pathOf(request.url);
  const below = current?.baseUrl ?? '';
  const removed = baseUrl.startsWith(below) ? baseUrl.slice(below.length) : baseUrl;
  const before = removed + after;
  const outer = findMount(current, before, layer);
  return { outer, path: joinPaths(outer?.path ?? '', template), baseUrl, before, after, layer };
}

/**
 * The mount that a request is in when it has come out of `entered` again, which it went into from `current`. Where that
 * was a router entered anew, the request is among those beside it, not below the one that gave it to them.
 */
export function afterMount(current: Mount | undefined, entered: Mount): Mount | undefined {
  if (entered.outer === current) return current;
  for (let mount = current; mount !== undefined; mount = mount.outer) {
    if (mount.layer === entered.layer) return entered.outer;
  }
  return current;
}

/**
 * The mount that a path is relative to. An application may have put back what the mounts have taken off it
 * (`req.url = req.originalUrl`): the path is then relative to a router further out.
 * @param path As the router sees it.
 * @param layer Where the request is about to go into a router: in a path that fits nowhere, a router that it has gone
 * into already is entered anew.
 */
export function findMount(current: Mount | undefined, path: string, layer?: object): Mount | undefined {
  for (let mount = current; mount !== undefined; mount = mount.outer) {
    if (isSamePath(path, mount.after)) return mount;
    if (isSamePath(path, mount.before)) return mount.outer;
  }
  for (let mount = current; mount !== undefined; mount = mount.outer) {
    if (mount.layer === layer) return mount.outer;
  }
  return current;
}

/** A request's path as its router sees it, without the query. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}

/** `/api` and `/tracks/:id` are `/api/tracks/:id`; a root below a mount path adds nothing. */
export function joinPaths(mount: string, path: string): string {
  if (mount === '' || mount === '/') return path === '' ? '/' : path;
  if (path === '' || path === '/') return mount;
  return (mount.endsWith('/') ? mount.slice(0, -1) : mount) + (path.startsWith('/') ? path : `/${path}`);
}

/** Express adds a slash where a mount has taken all of the path. */
function isSamePath(left: string, right: string): boolean {
  return left === right || withoutSlash(left) === withoutSlash(right);
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
