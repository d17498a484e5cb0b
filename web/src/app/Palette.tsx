import {
  CalendarDays,
  ChartNoAxesColumn,
  CircleUser,
  TicketCheck,
  Zap,
  type LucideIcon,
} from 'lucide-react';
import { Fragment, useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { count } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { KEYS } from '@/shared/numbers/keys';
import { month as monthWord, shiftMonth, today } from '@/shared/time';
import { usePreferences } from '@/shared/theme';
import { cx } from '@/shared/ui/classes';
import { Overlay } from '@/shared/ui/Dialogs';
import { masked } from '@/features/people/masked';
import { pagesOf } from './nav';
import { usePeople } from './usePeople';
import { useMeta, type Role } from './session';

interface Entry {
  group: string;
  icon: LucideIcon;
  word: string;
  hint: string;
  /** Of a key figure. */
  meaning?: string;
  month?: boolean;
  run: () => void;
}

const MONTHS = 24;

/** The months up to one, the newest first, without those before the business's first. */
const months = (last: string, first: string): string[] =>
  Array.from({ length: MONTHS }, (_, by) => shiftMonth(last, -by)).filter((one) => one >= first);

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27,}$/i;

const intoView = (entry: HTMLElement | null): void => {
  entry?.scrollIntoView({ block: 'nearest' });
};

/** Pages, actions, months, key figures and people by name, a booking by its id. */
export function Palette({
  role,
  open,
  onClose,
  refresh,
  moment,
}: {
  role: Role;
  open: boolean;
  onClose: () => void;
  refresh: () => void;
  moment: () => void;
}) {
  const { zone } = useFrame();
  const firstMonth = useMeta(open).data?.first_month ?? '';
  const navigate = useNavigate();
  const to = useCarried();
  const list = useId();
  const toggleTheme = usePreferences((p) => p.toggleTheme);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const act = { group: t('Actions'), icon: Zap };
  const entries: Entry[] = [
    ...pagesOf(role).map((page) => ({
      group: t('Pages'),
      icon: page.icon,
      word: page.word,
      hint: `G ${page.key.toUpperCase()}`,
      run: () => void navigate(to(page.path)),
    })),
    ...months(today(zone).slice(0, 7), firstMonth).map((one) => ({
      group: t('Months'),
      icon: CalendarDays,
      word: monthWord(one),
      hint: t('Overview'),
      month: true,
      run: () => void navigate(to(`/app?month=${one}`)),
    })),
    ...Object.entries(KEYS).map(([key, word]) => ({
      group: t('Figures'),
      icon: ChartNoAxesColumn,
      word: word.name,
      hint: key,
      meaning: word.meaning,
      run: () => void navigate(to(`/app/sales?panel=${key}`)),
    })),
    { ...act, word: t('Refresh'), hint: 'R', run: refresh },
    { ...act, word: t('Judge at another instant'), hint: 'A', run: moment },
    { ...act, word: t('Light or dark'), hint: 'D', run: toggleTheme },
  ];
  const wanted = text.trim().toLowerCase();
  const people = usePeople(open ? wanted : '');
  const says = (text: string) => text.toLowerCase().includes(wanted);
  // Figures and months are many: they come when somebody types.
  const found = entries.filter((entry) =>
    wanted === ''
      ? !entry.meaning && !entry.month
      : says(entry.word) || (entry.meaning !== undefined && says(entry.hint)),
  );
  if (role === 'admin' && ID.test(wanted)) {
    found.unshift({
      group: t('Bookings'),
      icon: TicketCheck,
      word: t`Booking ${wanted}`,
      hint: '',
      run: () => void navigate(`/app/bookings/${wanted}`),
    });
  }
  found.push(
    ...people.items.map((one) => ({
      group: t('People'),
      icon: CircleUser,
      word: one.name ?? t('A person without a name'),
      hint: one.email ? masked(one.email) : '',
      run: () => void navigate(to(`/app/contacts/${one.contact_id}`)),
    })),
  );
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    setText('');
    entry.run();
  };
  return (
    <Overlay open={open} onClose={onClose} title={t('Go to')} shape="middle" bare>
      <input
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={found[at] ? `${list}-${String(at)}` : undefined}
        aria-label={t('Go to a page, an action, a month, a figure, a person or a booking')}
        placeholder={t('Page, action, month, figure, person or a booking’s id')}
        className="w-full border-0 border-b border-line bg-transparent px-4 py-3 text-customer outline-none placeholder:text-ink-3"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.length - 1));
          if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
          if (event.key === 'Enter') choose(found[at]);
        }}
      />
      <ul
        id={list}
        role="listbox"
        aria-label={t('Found')}
        className="m-0 max-h-[min(26rem,60vh)] list-none overflow-auto p-1.5"
      >
        {found.map((entry, index) => (
          <Fragment key={`${entry.group} ${entry.word} ${entry.hint} ${String(index)}`}>
            {entry.group !== found[index - 1]?.group && (
              <li role="presentation" className="px-3 pt-2 pb-1 text-meta text-ink-3">
                {entry.group}
              </li>
            )}
            <li
              ref={index === at ? intoView : undefined}
              id={`${list}-${String(index)}`}
              role="option"
              aria-selected={index === at}
              className={cx(
                'flex min-h-9 cursor-pointer items-center gap-3 rounded-control px-3 py-1',
                index === at && 'bg-sunken',
              )}
              onClick={() => {
                choose(entry);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter') choose(entry);
              }}
            >
              <entry.icon size={16} aria-hidden className="shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1">
                {entry.word}
                {entry.meaning && (
                  <span className="block text-meta text-ink-3">{entry.meaning}</span>
                )}
              </span>
              <kbd className="text-meta text-ink-3">{entry.hint}</kbd>
            </li>
          </Fragment>
        ))}
        {found.length === 0 && (
          <li className="px-3 py-2 text-ink-3">{t('Nothing is called that.')}</li>
        )}
      </ul>
      {people.more > 0 && (
        <p className="m-0 border-t border-line px-4 py-2 text-meta text-ink-3">
          {t`${count(people.more)} more people. Type more of the name.`}
        </p>
      )}
    </Overlay>
  );
}
