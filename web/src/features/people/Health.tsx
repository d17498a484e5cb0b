import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { share } from '@/shared/ui/scale';

const GOOD = 60;
const POOR = 40;

export type Band = 'good' | 'fair' | 'poor';

/** In which of three bands a score lies. */
export const bandOf = (score: number): Band =>
  score >= GOOD ? 'good' : score < POOR ? 'poor' : 'fair';

/** Of the fair ones the bar is lighter than text in the colour of a warning, which looks like mud on an area. */
const LOOKS: Record<Band, [word: string, colour: string]> = {
  good: [t('good'), 'var(--ok)'],
  fair: [t('fair'), 'var(--chart-2)'],
  poor: [t('at risk'), 'var(--bad)'],
};

/** A health score: number, word and bar. */
export function Health({ score }: { score: number }) {
  const [word, colour] = LOOKS[bandOf(score)];
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <svg width="40" height="6" aria-hidden viewBox="0 0 100 15" preserveAspectRatio="none">
        <rect width="100" height="15" rx="6" fill="var(--sunken)" />
        <rect width={share(score, 100)} height="15" rx="6" fill={colour} />
      </svg>
      {count(score)} <span className="text-ink-3">{word}</span>
    </span>
  );
}
