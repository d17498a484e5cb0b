/** An address that is not shown: its first letter and its end. */
export const masked = (text: string): string => {
  const [local = '', domain] = text.split('@');
  return domain ? `${local.slice(0, 1)}…@${domain}` : `${text.slice(0, 2)}…${text.slice(-2)}`;
};
