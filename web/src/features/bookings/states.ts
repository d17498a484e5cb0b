import { t } from '@/shared/i18n/t';
import type { Tone } from '@/shared/ui/Badge';

/** How each state looks: its tone, and whether somebody is waited for. */
export const STATES: Record<string, { tone: Tone; waits: boolean; word: string }> = {
  PENDING: { tone: 'info', waits: true, word: t('Pending') },
  AWAITING_PAYMENT: { tone: 'info', waits: true, word: t('Awaiting payment') },
  PAYMENT_FAILED: { tone: 'warn', waits: true, word: t('Payment failed') },
  CONFIRMED: { tone: 'ok', waits: false, word: t('Confirmed') },
  CANCEL_PENDING: { tone: 'info', waits: true, word: t('Cancelling') },
  CANCELLED: { tone: 'plain', waits: false, word: t('Cancelled') },
  REFUND_PENDING: { tone: 'info', waits: true, word: t('Refunding') },
  REFUNDED: { tone: 'plain', waits: false, word: t('Refunded') },
  REFUND_FAILED: { tone: 'bad', waits: false, word: t('Refund failed') },
  EXPIRED: { tone: 'plain', waits: false, word: t('Expired') },
  COMPLETED: { tone: 'ok', waits: false, word: t('Completed') },
  NO_SHOW: { tone: 'warn', waits: false, word: t('No-show') },
};

export const stateWord = (state: string): string => STATES[state]?.word ?? state;

/** Where each state stands on the map: column and row. */
export const PLACES: Record<string, [x: number, y: number]> = {
  PENDING: [0, 1],
  AWAITING_PAYMENT: [1, 1],
  PAYMENT_FAILED: [1, 0],
  EXPIRED: [1, 2],
  CONFIRMED: [2, 1],
  COMPLETED: [3, 0],
  NO_SHOW: [4, 0],
  CANCEL_PENDING: [2, 2],
  CANCELLED: [3, 2],
  REFUND_PENDING: [3, 1],
  REFUNDED: [4, 1],
  REFUND_FAILED: [4, 2],
};

/** The lines of the map: the moves that a booking may make. */
export const MOVES: [from: string, to: string][] = [
  ['PENDING', 'AWAITING_PAYMENT'],
  ['AWAITING_PAYMENT', 'CONFIRMED'],
  ['AWAITING_PAYMENT', 'PAYMENT_FAILED'],
  ['AWAITING_PAYMENT', 'EXPIRED'],
  ['AWAITING_PAYMENT', 'CANCEL_PENDING'],
  ['PAYMENT_FAILED', 'CONFIRMED'],
  ['EXPIRED', 'CONFIRMED'],
  ['CONFIRMED', 'COMPLETED'],
  ['CONFIRMED', 'CANCEL_PENDING'],
  ['CONFIRMED', 'REFUND_PENDING'],
  ['COMPLETED', 'NO_SHOW'],
  ['CANCEL_PENDING', 'CANCELLED'],
  ['CANCEL_PENDING', 'REFUND_PENDING'],
  ['CANCELLED', 'REFUND_PENDING'],
  ['REFUND_PENDING', 'REFUNDED'],
  ['REFUND_PENDING', 'REFUND_FAILED'],
  ['REFUND_FAILED', 'REFUNDED'],
];
