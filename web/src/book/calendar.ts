/** Calendly's page in our frame: its address, and what it says to us. */

/** The frame's address: where the visitor came from goes along, or attribution is lost. */
export function frameUrl(scheduling: string, marks: Record<string, string>, host: string): string {
  const url = new URL(scheduling);
  url.searchParams.set('embed_domain', host);
  url.searchParams.set('embed_type', 'Inline');
  for (const [name, value] of Object.entries(marks)) url.searchParams.set(name, value);
  return url.toString();
}

export interface Said {
  /** The calendar's height in pixels. */
  height?: number;
  /** A time was booked. */
  booked?: { event_uri: string; invitee_uri: string };
}

interface Message {
  event?: unknown;
  payload?: { event?: { uri?: unknown }; invitee?: { uri?: unknown }; height?: unknown };
}

/** What Calendly said. A message of any other origin, or of another window than our frame, is none. */
export function heard(
  event: Pick<MessageEvent, 'origin' | 'source' | 'data'>,
  frame: Window | null,
  scheduling: string,
): Said | null {
  if (!frame || event.source !== frame || event.origin !== new URL(scheduling).origin) return null;
  const message = event.data as Message | null;
  if (typeof message?.event !== 'string' || !message.event.startsWith('calendly.')) return null;
  const { payload } = message;
  if (message.event === 'calendly.page_height') {
    const height = Number.parseInt(String(payload?.height), 10);
    return height > 0 ? { height } : {};
  }
  const [slot, invitee] = [payload?.event?.uri, payload?.invitee?.uri];
  if (message.event !== 'calendly.event_scheduled') return {};
  return typeof slot === 'string' && typeof invitee === 'string'
    ? { booked: { event_uri: slot, invitee_uri: invitee } }
    : {};
}
