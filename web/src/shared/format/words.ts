import { code, pseudoed } from '@/shared/i18n/t';
import { NONE } from './number';

/** `facebook_paid_ads` is facebook paid ads; a code that the language knows is its word. */
export const words = (name: string | null | undefined): string =>
  name ? (code(name) ?? pseudoed(name.replaceAll('_', ' '))) : NONE;

/** `AWAITING_PAYMENT` is Awaiting payment; a code that the language knows is its word. */
export const sentence = (name: string): string => {
  const text = code(name) ?? name.replaceAll('_', ' ').toLowerCase();
  return pseudoed(text.charAt(0).toUpperCase() + text.slice(1));
};
