import { ChevronRight } from 'lucide-react';
import { Fragment } from 'react';
import type { Figures } from '@/shared/api/numbers';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { nameOf } from '@/shared/numbers/keys';
import { valueText } from '@/shared/numbers/text';
import { Card } from '@/shared/ui/Card';

/** The way from leads to deals: steps, and the rates between them. One step a line on a phone. */
export function PathStrip({ keys, metrics }: { keys: string[]; metrics: Figures }) {
  const { currency } = useFrame();
  return (
    <Card title={t('The path')}>
      <ol className="m-0 -mx-2 flex list-none flex-col gap-1 p-0 lg:flex-row lg:flex-wrap lg:items-stretch lg:gap-0">
        {keys.map((key) => {
          const figure = metrics[key];
          if (!figure) return null;
          if (figure.unit === 'percent') {
            return (
              <li
                key={key}
                className="flex items-center gap-1 ps-4 lg:flex-1 lg:justify-center lg:ps-0"
              >
                <Door
                  id={key}
                  figure={figure}
                  label={nameOf(key)}
                  className="min-h-6 px-1 text-table text-ink-2 hover:text-brand hover:underline"
                />
                <Onwards />
              </li>
            );
          }
          return (
            <Fragment key={key}>
              <li className="flex items-center lg:flex-none">
                <Door
                  id={key}
                  figure={figure}
                  className="flex min-h-11 w-full items-baseline justify-between gap-3 rounded-control px-2 text-start hover:bg-sunken hover:text-brand lg:flex-col lg:gap-0 lg:py-1"
                >
                  <span className="text-table whitespace-nowrap text-ink-2">{nameOf(key)}</span>
                  <span className="text-title font-semibold">{valueText(figure, currency)}</span>
                </Door>
              </li>
              {key === keys[0] && (
                <li
                  aria-hidden
                  className="flex items-center max-lg:hidden lg:flex-1 lg:justify-center"
                >
                  <Onwards />
                </li>
              )}
            </Fragment>
          );
        })}
      </ol>
    </Card>
  );
}

const Onwards = () => (
  <ChevronRight size={14} aria-hidden className="text-ink-3 max-lg:rotate-90" />
);
