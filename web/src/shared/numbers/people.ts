/** A person of the team in an address: who has no user of the app is known by e-mail, which no address holds. */

const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const hash = (text: string): string => {
  let sum = FNV_START;
  for (const char of text) sum = Math.imul(sum ^ (char.codePointAt(0) ?? 0), FNV_PRIME);
  return (sum >>> 0).toString(16).padStart(8, '0');
};

/** The person who has what belongs to nobody. */
export const UNASSIGNED = 'unassigned';

/** What stands in the address for a user of the API's answers. */
export const tokenOf = (userId: string | null | undefined): string =>
  userId ? (userId.includes('@') ? `m${hash(userId)}` : userId) : UNASSIGNED;
