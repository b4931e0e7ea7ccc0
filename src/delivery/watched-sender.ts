import type { Sender } from './sender.js';

/** How the last tries to send went. */
export interface SendNews {
  /** When something was accepted, in ms since 1970. */
  readonly acceptedMs?: number;
  /** When and why a try failed. */
  readonly failedMs?: number;
  readonly failure?: string;
}

/** A sender that remembers how its last tries went. */
export function watchSender(sender: Sender): { readonly sender: Sender; readonly readNews: () => SendNews } {
  let news: SendNews = {};
  const send: Sender['send'] = async (request) => {
    const result = await sender.send(request);
    if (result.outcome === 'accepted') news = { ...news, acceptedMs: Date.now() };
    else news = { ...news, failedMs: Date.now(), failure: result.reason };
    return result;
  };
  return { sender: { ...sender, send }, readNews: () => news };
}
