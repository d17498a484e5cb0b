import { useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useId, useState } from 'react';
import { ApiError } from '@/shared/api/client';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Card } from '@/shared/ui/Card';

interface Outcome {
  accepted: number;
  changed: number;
  unchanged: number;
}

interface Told {
  text: string;
  bad: boolean;
}

async function post(body: string): Promise<Outcome> {
  const response = await fetch('/api/ad-spend', {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body,
  }).catch(() => null);
  const answer: unknown = await response?.json().catch(() => null);
  if (response?.ok) return answer as Outcome;
  throw new ApiError(response?.status ?? 0, answer as ConstructorParameters<typeof ApiError>[1]);
}

/** What is wrong with a file. The server stops at the first faulty line, so it says that the others were not looked at. */
const refusal = (problem: unknown): string => {
  const text = (problem instanceof Error ? problem.message : '').replaceAll('`', '');
  return /\bline \d/.test(text) ? `${text} ${t('Lines after it were not checked.')}` : text;
};

/** A file of spend. Sending the same file again changes nothing. */
export function SpendUpload() {
  const client = useQueryClient();
  const id = useId();
  const [told, setTold] = useState<Told | null>(null);
  const send = async (file: File) => {
    try {
      const { accepted, changed, unchanged } = await post(await file.text());
      setTold({
        text: t`${count(accepted)} new, ${count(changed)} changed, ${count(unchanged)} as before. The numbers follow with the next run.`,
        bad: false,
      });
    } catch (problem) {
      setTold({ text: t`${file.name} was not recorded. ${refusal(problem)}`, bad: true });
      return;
    }
    await client.invalidateQueries({ queryKey: ['cost'] });
  };
  return (
    <Card
      title={t('Record spend')}
      note={t(
        'A CSV file with the columns day, channel, campaign, amount_minor, currency. Days are those of the reporting zone.',
      )}
    >
      <div className="flex flex-wrap items-center gap-4">
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
              if (file) void send(file);
              event.target.value = '';
            }}
          />
        </label>
        {told && (
          <p
            role={told.bad ? 'alert' : 'status'}
            className={`m-0 min-w-0 wrap-anywhere ${told.bad ? 'text-bad' : 'text-ok'}`}
          >
            {told.text}
          </p>
        )}
      </div>
    </Card>
  );
}
