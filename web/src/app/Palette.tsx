import { useId, useState } from 'react';
import { useNavigate } from 'react-router';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { KEYS } from '@/shared/numbers/keys';
import { month as monthWord, shiftMonth, today } from '@/shared/time';
import { usePreferences } from '@/shared/theme';
import { cx } from '@/shared/ui/classes';
import { Overlay } from '@/shared/ui/Dialogs';
import { pagesOf } from './nav';
import { usePeople } from './usePeople';
import type { Role } from './session';

interface Entry {
  word: string;
  hint: string;
  /** Of a key figure. */
  meaning?: string;
  month?: boolean;
  run: () => void;
}

const MONTHS = 24;

/** The months up to one, the newest first. */
const months = (last: string): string[] =>
  Array.from({ length: MONTHS }, (_, by) => shiftMonth(last, -by));

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
  const navigate = useNavigate();
  const to = useCarried();
  const list = useId();
  const toggleTheme = usePreferences((p) => p.toggleTheme);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const entries: Entry[] = [
    ...pagesOf(role).map((page) => ({
      word: page.word,
      hint: `G ${page.key.toUpperCase()}`,
      run: () => void navigate(to(page.path)),
    })),
    ...months(today(zone).slice(0, 7)).map((one) => ({
      word: monthWord(one),
      hint: t('Overview'),
      month: true,
      run: () => void navigate(to(`/app?month=${one}`)),
    })),
    ...Object.entries(KEYS).map(([key, word]) => ({
      word: word.name,
      hint: key,
      meaning: word.meaning,
      run: () => void navigate(to(`/app/sales?panel=${key}`)),
    })),
    { word: t('Refresh'), hint: 'R', run: refresh },
    { word: t('Judge at another instant'), hint: 'A', run: moment },
    { word: t('Light or dark'), hint: 'D', run: toggleTheme },
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
      word: t`Booking ${wanted}`,
      hint: '',
      run: () => void navigate(`/app/bookings/${wanted}`),
    });
  }
  found.push(
    ...people.map((one) => ({
      word: one.name ?? t('A person without a name'),
      hint: one.email ?? '',
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
        className="m-0 max-h-80 list-none overflow-auto p-1.5"
      >
        {found.map((entry, index) => (
          <li
            key={`${entry.word} ${entry.hint}`}
            ref={index === at ? intoView : undefined}
            id={`${list}-${String(index)}`}
            role="option"
            aria-selected={index === at}
            className={cx(
              'flex min-h-9 cursor-pointer items-center justify-between gap-3 rounded-control px-3 py-1',
              index === at && 'bg-sunken',
            )}
            onClick={() => {
              choose(entry);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') choose(entry);
            }}
          >
            <span className="min-w-0">
              {entry.word}
              {entry.meaning && <span className="block text-meta text-ink-3">{entry.meaning}</span>}
            </span>
            <kbd className="text-meta text-ink-3">{entry.hint}</kbd>
          </li>
        ))}
        {found.length === 0 && (
          <li className="px-3 py-2 text-ink-3">{t('Nothing is called that.')}</li>
        )}
      </ul>
    </Overlay>
  );
}
