import { ChevronDown, ChevronUp } from 'lucide-react';
import { t } from '@/shared/i18n/t';
import { duration } from '@/shared/format/duration';
import { formulaWords, KEYS } from './keys';
import { useFrame } from '@/shared/frame';
import { Button, IconButton } from '@/shared/ui/Button';
import { Facts } from '@/shared/ui/Card';
import { Copy } from '@/shared/ui/Copy';
import { Overlay } from '@/shared/ui/Dialogs';
import { usePageKeys } from '@/shared/ui/keys';
import { NewerButton } from '@/shared/ui/NewerButton';
import { Time } from '@/shared/ui/Time';
import { useToasts } from '@/shared/ui/Toasts';
import { useClosePanel, usePanel, type Opening } from './Door';
import { Months, type MonthsQuery } from './Months';
import { Parts } from './Parts';
import { changeText, partText, valueText } from './text';

/** The open figure of a page: formula, rows that count and that do not, and the way of each to its webhook. */
export function NumberPanel({ openings, months }: { openings: Opening[]; months?: MonthsQuery }) {
  const [panel, open] = usePanel();
  const close = useClosePanel();
  const place = openings.findIndex((one) => one.id === panel);
  const opening = openings[place];
  const step = (by: number) => {
    const next = openings[place + by];
    return next ? () => void open(next.id) : undefined;
  };
  const tell = useToasts((t) => t.tell);
  const copy = () => {
    void navigator.clipboard.writeText(location.href).then(() => {
      tell(t('The link is copied.'));
    });
  };
  usePageKeys({ j: step(1), k: step(-1), c: copy }, opening !== undefined);
  if (!opening) return null;
  return (
    <Overlay
      open
      beside
      onClose={close}
      title={opening.name}
      note={KEYS[opening.key]?.meaning}
      actions={
        <>
          <IconButton label={t('Number before')} hint="K" disabled={!step(-1)} onClick={step(-1)}>
            <ChevronUp size={16} aria-hidden />
          </IconButton>
          <IconButton label={t('Next number')} hint="J" disabled={!step(1)} onClick={step(1)}>
            <ChevronDown size={16} aria-hidden />
          </IconButton>
          <Copy text={location.href} what={t('link')} />
        </>
      }
    >
      <Opened key={opening.id} opening={opening} openings={openings} months={months} />
    </Overlay>
  );
}

function Opened({
  opening,
  openings,
  months,
}: {
  opening: Opening;
  openings: Opening[];
  months?: MonthsQuery | undefined;
}) {
  const { asOf, lag, at, known, currency } = useFrame();
  const [, open] = usePanel();
  const { figure, key } = opening;
  const unit = figure.currency ?? currency;
  const change = changeText(figure, currency);
  const divided = figure.denominator !== null && figure.denominator !== undefined;
  const instant = at ?? known ?? asOf;
  const behind = !at && !known && lag !== null ? t`, ${duration(lag)} behind` : '';
  const alike = openings.filter((one) => one.id !== key && KEYS[key]?.alike?.includes(one.id));
  return (
    <div className="flex flex-col gap-5">
      {/* The panel covers the page's own button. */}
      <div>
        <NewerButton />
        <p className="m-0 text-figure font-semibold">{valueText(figure, currency)}</p>
        {change && opening.against && (
          <p className="m-0 text-ink-2">{t`${change} to ${opening.against}`}</p>
        )}
      </div>
      <Facts
        items={[
          [t('Formula'), formulaWords(figure.formula)],
          // Of what is not divided it would be the figure again.
          ...(divided
            ? [
                [
                  t('With figures'),
                  `${partText(figure.drill?.numerator, figure.numerator, unit)} ÷ ${partText(figure.drill?.denominator, figure.denominator, unit)}`,
                ] satisfies [string, string],
              ]
            : []),
          [t('Of'), opening.scope],
          [
            t('As of'),
            instant ? (
              <span key="a">
                <Time at={instant} zoned />
                {behind}
              </span>
            ) : (
              t('No numbers yet')
            ),
          ],
        ]}
      />
      {figure.drill && <Parts figure={figure} name={opening.name} currency={unit} />}
      {months && key in KEYS && <Months figureKey={key} query={months} currency={unit} />}
      {alike.length > 0 && (
        <div>
          <p className="m-0 text-table text-ink-3">{t('Easily taken for it')}</p>
          <ul className="m-0 flex list-none flex-col p-0">
            {alike.map((one) => (
              <li key={one.id}>
                <Button kind="quiet" className="-ms-3" onClick={() => void open(one.id)}>
                  {one.name} {valueText(one.figure, currency)}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
