import { useState } from 'react';
import type { Step } from '@/shared/api/people';
import { money } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { placeOf } from '@/shared/lineage/trail';
import { Trail } from '@/shared/lineage/Trail';
import { zoneName } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { Time } from '@/shared/ui/Time';
import { stepWord } from './kinds';

const MONEY = new Set(['won', 'reopened', 'payment', 'refund']);
const BAD = new Set(['canceled', 'no_show', 'reopened', 'refund']);

/** What happened with a person, from the first touch to cash and refund, in order. */
export function Journey({ steps }: { steps: Step[] }) {
  const { zone } = useFrame();
  return (
    <Card title={t('Journey')} note={t`Times in ${zoneName(zone)}`}>
      {steps.length === 0 ? (
        <Empty>{t('Nothing happened yet.')}</Empty>
      ) : (
        <ol className="m-0 flex list-none flex-col gap-3 border-s-2 border-line p-0 ps-4">
          {steps.map((step, at) => (
            <StepLine key={`${step.at} ${step.kind} ${String(at)}`} step={step} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function StepLine({ step }: { step: Step }) {
  const { currency } = useFrame();
  const [open, setOpen] = useState(false);
  const amount = step.amount_minor;
  const from = [step.channel, step.campaign].flatMap((part) => (part ? [words(part)] : []));
  return (
    <li className="relative">
      <span
        aria-hidden
        className={cx(
          'absolute -start-[1.4rem] top-1.5 size-2.5 rounded-full border-2',
          MONEY.has(step.kind) ? 'border-brand bg-brand' : 'border-border bg-surface',
          BAD.has(step.kind) && 'border-warn bg-surface',
        )}
      />
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p className="m-0">
          <span className="font-medium">{stepWord(step.kind)}</span>
          {amount !== null && amount !== undefined && (
            <> {money(amount, step.currency ?? currency)}</>
          )}
          {from.length > 0 && <span className="text-ink-2"> · {from.join(' / ')}</span>}
        </p>
        <span className="text-table text-ink-3">
          <Time at={step.at} />
        </span>
      </div>
      {step.lineage && (
        <button
          type="button"
          aria-expanded={open}
          className="touch min-h-6 rounded-control text-table text-brand hover:underline"
          onClick={() => {
            setOpen(!open);
          }}
        >
          {open ? t('Fold') : t('Where this comes from')}
        </button>
      )}
      {open && step.lineage && (
        <div className="mt-2">
          <Trail place={placeOf(step.lineage)} />
        </div>
      )}
    </li>
  );
}
