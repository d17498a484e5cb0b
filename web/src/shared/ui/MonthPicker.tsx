import { ChevronLeft, ChevronRight } from 'lucide-react';
import { t } from '@/shared/i18n/t';
import { month as monthWord, shiftMonth } from '@/shared/time';
import { IconButton } from './Button';
import { usePageKeys } from './keys';

/** A month with its neighbours, also by the keys [ and ]; none after `last`. */
export function MonthPicker({
  month,
  last,
  onChange,
}: {
  month: string;
  last: string;
  onChange: (month: string) => void;
}) {
  usePageKeys({
    '[': () => {
      onChange(shiftMonth(month, -1));
    },
    ']': () => {
      if (month < last) onChange(shiftMonth(month, 1));
    },
  });
  return (
    <span className="chip">
      <IconButton
        className="-my-px"
        label={t('Month before')}
        hint="["
        onClick={() => {
          onChange(shiftMonth(month, -1));
        }}
      >
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <span className="min-w-30 px-1 text-center font-medium">{monthWord(month)}</span>
      <IconButton
        className="-my-px"
        label={t('Month after')}
        hint="]"
        disabled={month >= last}
        onClick={() => {
          onChange(shiftMonth(month, 1));
        }}
      >
        <ChevronRight size={16} aria-hidden />
      </IconButton>
    </span>
  );
}
