/** English made strange: what stays plain in a page was never translated, what is cut off has too little room. */

const PLAIN = 'aceinouyACEINOUY';
const STRANGE = 'áçéîñöüýÁÇÉÎÑÖÜÝ';
/** Translations are up to this much longer than English. */
const LONGER = 0.4;

/** `Close rate` is `⟦Çlösé ráté~~ ~~⟧`, with the places of figures kept; what is added can break as words do. */
export function pseudo(text: string): string {
  const strange = text.replaceAll(/[a-z]/gi, (letter) => {
    const at = PLAIN.indexOf(letter);
    return at < 0 ? letter : STRANGE.charAt(at);
  });
  const more = '~'.repeat(Math.ceil(text.length * LONGER)).replaceAll('~~~~', '~~ ~');
  return `⟦${strange}${more}⟧`;
}
