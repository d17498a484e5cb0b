import { CircleDollarSign, Star } from 'lucide-react';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useState } from 'react';
import type { Credited, Step, TouchCredit } from '@/shared/api/people';
import { money, percent } from '@/shared/format/number';
import { words } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { placeOf } from '@/shared/lineage/trail';
import { Trail } from '@/shared/lineage/Trail';
import { modelOf, TOUCH_MODELS } from '@/shared/numbers/models';
import { zoneName } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { Filter } from '@/shared/ui/Fields';
import { Time } from '@/shared/ui/Time';
import { stepWord, tellerOf } from './kinds';

const MONEY = new Set(['won', 'reopened', 'payment', 'refund']);
const BAD = new Set(['canceled', 'no_show', 'reopened', 'refund']);
const KEYS = TOUCH_MODELS.map(({ key }) => key);

/** What happened with a person, from the first touch to cash and refund, in order, and which touch earned how much. */
export function Journey({ steps, credited }: { steps: Step[]; credited: Credited }) {
  const { zone } = useFrame();
  const [model, choose] = useQueryState('credit', parseAsStringLiteral(KEYS).withDefault('u'));
  const earned = steps.some((step) => step.credit?.length);
  return (
    <Card
      title={t('Journey')}
      note={t`Times in ${zoneName(zone)}`}
      actions={
        earned && (
          <Filter
            label={t('Credit by')}
            value={model}
            options={TOUCH_MODELS.map(({ key, name }) => [key, name])}
            onChange={(key) => void choose(key)}
          />
        )
      }
    >
      {steps.length === 0 ? (
        <Empty>{t('Nothing happened yet.')}</Empty>
      ) : (
        <ol className="m-0 flex list-none flex-col gap-3 border-s-2 border-line p-0 ps-4">
          {steps.map((step, at) => (
            <StepLine
              key={`${step.at} ${step.kind} ${String(at)}`}
              step={step}
              credit={step.credit?.find((one) => one.model === model)}
              isTouch={earned && isTouch(step)}
            />
          ))}
        </ol>
      )}
      {earned && <Total credited={credited} model={model} />}
    </Card>
  );
}

const isTouch = (step: Step): boolean => step.kind === 'form' || step.kind === 'booked';

function StepLine({
  step,
  credit,
  isTouch,
}: {
  step: Step;
  credit: TouchCredit | undefined;
  /** Shows "nothing" for a touch without credit. */
  isTouch: boolean;
}) {
  const { currency } = useFrame();
  const [open, setOpen] = useState(false);
  const amount = step.amount_minor;
  // The campaign's name as it was typed, untranslated.
  const from = [step.channel && words(step.channel), step.campaign].filter(Boolean);
  return (
    <li className="relative">
      <Mark kind={step.kind} />
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-4 sm:grid-cols-[9.5rem_minmax(0,1fr)_auto]">
        <span className="text-table text-ink-3 max-sm:order-last max-sm:col-span-2">
          <Time at={step.at} />
        </span>
        <p className="m-0 min-w-0 wrap-anywhere">
          <span className="font-medium">{stepWord(step.kind)}</span>
          {amount !== null && amount !== undefined && (
            <> {money(amount, step.currency ?? currency)}</>
          )}
          {from.length > 0 && <span className="text-ink-2"> · {from.join(' / ')}</span>}
        </p>
        {isTouch && <Share credit={credit} />}
      </div>
      {step.lineage && (
        <button
          type="button"
          aria-expanded={open}
          className="touch min-h-6 rounded-control text-table text-brand hover:underline sm:ms-[10.5rem]"
          onClick={() => {
            setOpen(!open);
          }}
        >
          {open ? t('Fold') : teller(step)}
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

/** A star for a deal, a coin for money, else a dot on the line. */
function Mark({ kind }: { kind: string }) {
  const Icon = kind === 'won' ? Star : MONEY.has(kind) ? CircleDollarSign : null;
  if (Icon)
    return (
      <Icon
        size={18}
        aria-hidden
        className={cx(
          'absolute -start-[1.65rem] top-0.5 bg-surface',
          BAD.has(kind) ? 'text-warn' : 'text-brand',
        )}
      />
    );
  return (
    <span
      aria-hidden
      className={cx(
        'absolute -start-[1.4rem] top-1.5 size-2.5 rounded-full border-2 bg-surface',
        BAD.has(kind) ? 'border-warn' : 'border-border',
      )}
    />
  );
}

/** The vendor that told of a step, with the beginning of the webhook's SHA-256. */
const teller = (step: Step): string =>
  step.raw_sha256 && step.lineage
    ? t`${tellerOf(placeOf(step.lineage).table)} webhook ${step.raw_sha256.slice(0, 4)}`
    : t('Where this comes from');

/** What a touch earned. */
function Share({ credit }: { credit: TouchCredit | undefined }) {
  const { currency } = useFrame();
  if (!credit) return <span className="text-table text-ink-3">{t('no share')}</span>;
  return (
    <span className="text-end text-table whitespace-nowrap">
      <span className="font-medium">{percent(credit.share_percent)}</span>
      <span className="text-ink-3"> · {money(credit.revenue_minor, currency)}</span>
    </span>
  );
}

function Total({ credited, model }: { credited: Credited; model: string }) {
  const { currency } = useFrame();
  const unit = credited.currency ?? currency;
  const left = credited.without_touch.revenue_minor;
  return (
    <p className="m-0 mt-4 text-table text-ink-2">
      {t`${modelOf(model)?.name ?? model}: ${modelOf(model)?.meaning ?? ''} Every model shares the same ${money(credited.total.revenue_minor, unit)} of revenue.`}
      {left !== 0 && (
        <> {t`${money(left, unit)} of it belongs to deals that no touch came before.`}</>
      )}
    </p>
  );
}
