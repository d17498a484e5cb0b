import type { Figures, FigureView } from '@/shared/api/numbers';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { nameOf } from '@/shared/numbers/keys';
import { valueText } from '@/shared/numbers/text';
import { Card } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';

/** A step, and the rate that leads to it. */
export type Step = [key: string, rate?: string];

/** The way from leads to deals: steps of one width, each with the rate that leads to it; on a phone one step a line. */
export function PathStrip({
  steps,
  metrics,
  ahead,
}: {
  steps: Step[];
  metrics: Figures;
  /** The share is of calls of which some still lie ahead. */
  ahead: (key: string) => boolean;
}) {
  const shown = steps.flatMap(([key, rate]) => {
    const figure = metrics[key];
    return figure ? [{ key, figure, rate, rated: rate ? metrics[rate] : undefined }] : [];
  });
  return (
    <Card title={t('The path')}>
      <ol className="figures m-0 list-none gap-y-3 p-0 [--gap:0px] [--least:7rem] [--most:6] max-sm:gap-y-0 max-sm:[--most:1]">
        {shown.map(({ key, figure, rate, rated }, at) => (
          <li
            key={key}
            className={cx(
              'flex min-w-0 flex-col gap-1 border-line max-sm:flex-col-reverse max-sm:gap-0 max-sm:border-s-2 max-sm:ps-3 sm:px-4',
              at === 0 ? 'sm:ps-0' : 'sm:border-s',
            )}
          >
            <Count id={key} figure={figure} />
            {rate && rated ? (
              <Rate id={rate} figure={rated} ahead={ahead(rate)} />
            ) : (
              <span className="min-h-6 max-sm:hidden" aria-hidden />
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Count({ id, figure }: { id: string; figure: FigureView }) {
  const { currency } = useFrame();
  return (
    <Door
      id={id}
      figure={figure}
      className="-mx-2 flex min-h-11 flex-col rounded-control px-2 py-1 text-start hover:bg-sunken hover:text-brand max-sm:flex-row max-sm:items-baseline max-sm:justify-between"
    >
      <span className="text-table text-ink-2">{nameOf(id)}</span>
      <span className="text-figure font-semibold tracking-tight max-sm:text-title">
        {valueText(figure, currency)}
      </span>
    </Door>
  );
}

/** A rate as a chip: its name is in its tip, and read aloud. */
function Rate({ id, figure, ahead }: { id: string; figure: FigureView; ahead: boolean }) {
  const { currency } = useFrame();
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <Door
        id={id}
        figure={figure}
        label={nameOf(id)}
        muted={ahead}
        className="min-h-6 rounded-2xl bg-sunken px-2 text-meta font-medium tabular-nums hover:text-brand hover:underline pointer-coarse:px-3"
      >
        <span className="max-sm:hidden">→</span>
        <span className="sm:hidden">↓</span> {valueText(figure, currency)}
      </Door>
      {ahead && <span className="text-meta text-ink-3">{t('calls still ahead')}</span>}
    </span>
  );
}
