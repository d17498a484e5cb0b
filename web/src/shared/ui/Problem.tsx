import { CircleAlert, Lock } from 'lucide-react';
import { ApiError } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Button } from './Button';

/** What went wrong, in place, and the one next step. */
export function ProblemCard({
  error,
  retry,
  what = t('this'),
  admins = [],
  role,
}: {
  error: unknown;
  retry?: () => void;
  what?: string;
  admins?: string[];
  role?: string;
}) {
  const known = error instanceof ApiError ? error : null;
  if (known?.status === 403) {
    return (
      <div role="alert" className="flex gap-3 p-4 text-ink-2">
        <Lock size={20} aria-hidden className="shrink-0" />
        <p className="m-0">
          {role
            ? t`Your role (${sentence(role).toLowerCase()}) can’t open ${what}.`
            : t`Your role can’t open ${what}.`}{' '}
          {admins.length > 0 && t`Ask an admin: ${admins.join(', ')}.`}
        </p>
      </div>
    );
  }
  const offline = known?.status === 0;
  return (
    <div role="alert" className="flex gap-3 p-4">
      <CircleAlert size={20} aria-hidden className="shrink-0 text-bad" />
      <div className="min-w-0">
        <p className="m-0">
          {offline
            ? t('There is no connection. What you see may be old.')
            : `${t`Could not load ${what}.`} ${known ? told(known) : ''}`}
        </p>
        {known && !offline && (
          <p className="m-0 mt-1 text-meta text-ink-3 wrap-anywhere">
            {known.code}
            {known.requestId && ` · ${t`request ${known.requestId}`}`}
          </p>
        )}
        {retry && (
          <Button className="mt-3" onClick={retry}>
            {t('Retry')}
          </Button>
        )}
      </div>
    </div>
  );
}
