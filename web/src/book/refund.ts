import type { Schema } from '@/shared/api/client';
import type { Words } from './words';

export type SessionType = Schema['SessionTypes']['items'][number];

/** What a cancellation gives back, in words. */
export function refundWords(session: SessionType, words: Words): string {
  const steps = [...session.refund].sort((a, b) => b.hours_before - a.hours_before);
  const [first] = steps;
  if (session.price_minor === 0) return '';
  if (!first) return words.refundNone;
  if (steps.length === 1 && first.hours_before === 0) {
    return first.percent === 100 ? words.refundAll : words.refundPart(first.percent);
  }
  return steps.map((step) => words.refundStep(step.hours_before, step.percent)).join(' ');
}
