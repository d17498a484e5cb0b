import { useQuery } from '@tanstack/react-query';
import { NavLink } from 'react-router';
import { ops } from '@/shared/api/ops';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { useCarried } from '@/shared/moment';
import { cx } from '@/shared/ui/classes';
import { GROUPS } from './nav';
import type { Role } from './session';

/** The pages that a role may see, by group. */
export function Sidebar({
  role,
  small = false,
  onGo,
}: {
  role: Role;
  small?: boolean;
  onGo?: () => void;
}) {
  const to = useCarried();
  const waiting = useWaiting(role);
  return (
    <nav aria-label={t('Pages')} className="flex flex-col gap-4 px-3 py-4">
      <div
        className={cx('flex items-center gap-2 px-2 font-semibold', small && 'justify-center px-0')}
      >
        <img src="/favicon.svg" alt="" width={24} height={24} />
        {!small && <span className="text-customer">Bookpath</span>}
      </div>
      {GROUPS.map(([group, items]) => {
        const seen = items.filter((item) => item.roles.includes(role));
        if (seen.length === 0) return null;
        return (
          <div key={group}>
            <p className={cx('m-0 mb-1 px-2 text-meta text-ink-3', small && 'sr-only')}>{group}</p>
            <ul className="m-0 flex list-none flex-col gap-0.5 p-0">
              {seen.map(({ path, word, icon: Icon, key }) => (
                <li key={path}>
                  <NavLink
                    end={path === '/app'}
                    to={to(path)}
                    onClick={onGo}
                    title={`${word} (G ${key.toUpperCase()})`}
                    className={({ isActive }) =>
                      cx(
                        'touch flex min-h-8 items-center gap-2.5 rounded-control px-2 font-medium no-underline',
                        small && 'relative justify-center px-0',
                        isActive
                          ? 'bg-brand-soft text-brand'
                          : 'text-ink-2 hover:bg-sunken hover:text-ink',
                      )
                    }
                  >
                    <Icon size={16} aria-hidden className="shrink-0" />
                    <span className={small ? 'sr-only' : ''}>{word}</span>
                    <Waits n={waiting[path] ?? 0} small={small} />
                  </NavLink>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

/** How much waits on a page, for an admin. */
function useWaiting(role: Role): Record<string, number> {
  const { data } = useQuery({ ...ops, enabled: role === 'admin' });
  if (!data) return {};
  const { alarms, waiting } = data;
  return {
    '/app/contacts/review': waiting.review_pairs,
    '/app/bookings': waiting.stuck_bookings.count,
    '/app/inbox': waiting.failed_deliveries.count,
    '/app/ops': alarms.length,
  };
}

/** The count beside a page's name; a dot where there is no room for it. */
function Waits({ n, small }: { n: number; small: boolean }) {
  if (n === 0) return null;
  return (
    <>
      <span className="sr-only">{t`${count(n)} waiting`}</span>
      <span
        aria-hidden
        className={
          small
            ? 'absolute end-1.5 top-1.5 size-2 rounded-full bg-warn'
            : 'ms-auto rounded-full bg-warn-soft px-1.5 text-meta text-warn'
        }
      >
        {!small && count(n)}
      </span>
    </>
  );
}
