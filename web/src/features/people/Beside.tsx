import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useNavigate } from 'react-router';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { IconButton } from '@/shared/ui/Button';
import { usePageKeys } from '@/shared/ui/keys';
import { useListed } from './listed';

/** The ways to the people before and after, in the list that somebody came from. */
export function Beside({ id }: { id: string }) {
  const ids = useListed((one) => one.ids);
  const navigate = useNavigate();
  const to = useCarried();
  const place = ids.indexOf(id);
  const step = (by: number) => {
    const next = place < 0 ? undefined : ids[place + by];
    return next === undefined ? undefined : () => void navigate(to(`/app/contacts/${next}`));
  };
  usePageKeys({ j: step(1), k: step(-1) }, place >= 0);
  if (place < 0 || ids.length < 2) return null;
  return (
    <span className="inline-flex items-center text-table text-ink-2">
      <IconButton label={t('Customer before')} hint="K" disabled={!step(-1)} onClick={step(-1)}>
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <span className="whitespace-nowrap">{t`${count(place + 1)} of ${count(ids.length)}`}</span>
      <IconButton label={t('Customer after')} hint="J" disabled={!step(1)} onClick={step(1)}>
        <ChevronRight size={16} aria-hidden />
      </IconButton>
    </span>
  );
}
