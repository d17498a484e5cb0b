import { useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useId, useState } from 'react';
import { ApiError, type Schema } from '@/shared/api/client';
import { upload } from '@/shared/api/get';
import { count } from '@/shared/format/number';
import { many, t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card } from '@/shared/ui/Card';

type Outcome = Schema['SpendOutcome'];

/** The file that was chosen last: looked at, refused with a line for each fault, or recorded. */
type Chosen = { file: File } & (
  { state: 'checked' | 'recorded'; outcome: Outcome } | { state: 'refused'; faults: string[] }
);

/** What is wrong with a file, a line for each fault. */
const faultsOf = (problem: unknown): string[] => {
  const told = problem instanceof ApiError ? problem.extensions['faults'] : null;
  const text = problem instanceof Error ? problem.message : '';
  const faults = Array.isArray(told) ? (told as string[]) : [text];
  return faults.map((fault) => fault.replaceAll('`', ''));
};

/** A file of spend: it is looked at first, and recorded when it is told to. The same file again changes nothing. */
export function SpendUpload() {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (file: File, dryRun: boolean) => {
    setBusy(true);
    try {
      const outcome = await upload<Outcome>('/api/ad-spend', { dry_run: dryRun }, file, 'text/csv');
      setChosen({ file, state: dryRun ? 'checked' : 'recorded', outcome });
      if (!dryRun) await client.invalidateQueries({ queryKey: ['cost'] });
    } catch (problem) {
      setChosen({ file, state: 'refused', faults: faultsOf(problem) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card
      title={t('Record spend')}
      note={t(
        'A CSV file with the columns day, channel, campaign, amount_minor, currency. Days are those of the reporting zone.',
      )}
    >
      <div className="flex flex-wrap items-center gap-4">
        <Choose
          choose={(file) => {
            void send(file, true);
          }}
        />
        {chosen && (
          <Told
            chosen={chosen}
            busy={busy}
            record={() => {
              void send(chosen.file, false);
            }}
          />
        )}
      </div>
    </Card>
  );
}

function Choose({ choose }: { choose: (file: File) => void }) {
  const id = useId();
  return (
    <label
      htmlFor={id}
      className="touch inline-flex min-h-8 cursor-pointer items-center gap-2 rounded-control border border-border bg-surface px-3 font-medium focus-within:outline-2 focus-within:outline-brand hover:bg-sunken"
    >
      <Upload size={16} aria-hidden />
      {t('Choose a file')}
      <input
        id={id}
        type="file"
        accept=".csv,text/csv"
        className="sr-only"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) choose(file);
          event.target.value = '';
        }}
      />
    </label>
  );
}

const rowsOf = (n: number): string => many(n, t('1 row'), t`${count(n)} rows`);

/** What is known of the file, and the button that records it. */
function Told({ chosen, busy, record }: { chosen: Chosen; busy: boolean; record: () => void }) {
  const { name } = chosen.file;
  if (chosen.state === 'refused') {
    const [only = '', ...more] = chosen.faults;
    return (
      <div role="alert" className="min-w-0 wrap-anywhere text-bad">
        {more.length === 0 ? (
          <p className="m-0">{t`${name} was not recorded. ${only}`}</p>
        ) : (
          <>
            <p className="m-0">{t`${name} was not recorded. ${count(chosen.faults.length)} faults:`}</p>
            <ul className="m-0 max-h-60 overflow-auto pl-5">
              {chosen.faults.map((fault) => (
                <li key={fault}>{fault}</li>
              ))}
            </ul>
          </>
        )}
      </div>
    );
  }
  const { accepted, changed, unchanged } = chosen.outcome;
  const rows = t`${rowsOf(accepted)}, ${count(changed)} new or changed, ${count(unchanged)} as before.`;
  if (chosen.state === 'recorded')
    return (
      <p role="status" className="m-0 min-w-0 wrap-anywhere text-ok">
        {t`${name} is recorded: ${rows} The numbers follow with the next run.`}
      </p>
    );
  return (
    <>
      <p role="status" className="m-0 min-w-0 wrap-anywhere">
        {changed === 0 ? t`${name} says nothing new.` : t`${name} can be recorded: ${rows}`}
      </p>
      {changed > 0 && (
        <Button kind="primary" busy={busy} onClick={record}>
          {t`Record ${rowsOf(changed)}`}
        </Button>
      )}
    </>
  );
}
