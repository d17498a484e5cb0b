import { ApiError } from './api/client';

/** A raw body and what the browser itself found out about it. */
export interface Raw {
  text: string;
  vendor: string;
  kind: string;
  receivedAt: string;
  /** The SHA-256 that this page computed over the bytes. */
  sha256: string;
  /** The bytes are those that the hash names. */
  matches: boolean;
}

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The exact bytes that a vendor sent. The browser hashes them itself, so nobody needs to believe the server. */
export async function raw(sha256: string): Promise<Raw> {
  // API Gateway sends bytes that are no text as they are only to those who accept this type.
  const headers = { accept: 'application/octet-stream' };
  const response = await fetch(`/api/raw/${sha256}`, { headers }).catch(() => null);
  if (!response) throw new ApiError(0, null);
  if (!response.ok) {
    const problem: unknown = await response.json().catch(() => null);
    throw new ApiError(
      response.status,
      problem as ConstructorParameters<typeof ApiError>[1],
      response,
    );
  }
  const bytes = await response.arrayBuffer();
  const own = hex(await crypto.subtle.digest('SHA-256', bytes));
  const header = (name: string) => response.headers.get(`x-bookpath-${name}`) ?? '';
  return {
    text: new TextDecoder().decode(bytes),
    vendor: header('vendor'),
    kind: header('kind'),
    receivedAt: header('received-at'),
    sha256: own,
    matches: own === sha256,
  };
}
