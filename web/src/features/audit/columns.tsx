import { Link } from 'react-router';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Id } from '@/shared/ui/Id';
import type { Column } from '@/shared/ui/Table';
import { Time } from '@/shared/ui/Time';
import type { Row } from './filters';

/** The page of what an action was done to, by the action's name. */
const PLACES: [action: RegExp, path: (subject: string) => string][] = [
  [/^booking_/, (id) => `/app/bookings/${id}`],
  [/^(raw_read|delivery_)/, (id) => `/app/inbox?open=${id}`],
  [/^contact_exported$/, (id) => `/app/contacts/${id}`],
];

const OF_USERS = /^(user_|sessions_ended|totp_|password_)/;

/** The columns, with the names of those users that are known. */
export const columnsOf = (name: (id: string) => string | null): Column<Row>[] => [
  { key: 'at', head: t('When'), cell: (r) => <Time at={r.at} />, value: (r) => r.at },
  { key: 'action', head: t('Action'), cell: (r) => sentence(r.action), value: (r) => r.action },
  {
    key: 'actor',
    head: t('By'),
    cell: (r) => name(r.actor) ?? <Id id={r.actor} />,
    value: (r) => name(r.actor) ?? r.actor,
  },
  {
    key: 'actor_id',
    head: t('By (id)'),
    cell: (r) => r.actor,
    value: (r) => r.actor,
    fileOnly: true,
  },
  {
    key: 'subject',
    head: t('On'),
    cell: (r) => <Subject row={r} name={name} />,
    value: (r) => r.subject,
  },
];

function Subject({ row, name }: { row: Row; name: (id: string) => string | null }) {
  const place = PLACES.find(([action]) => action.test(row.action))?.[1](row.subject);
  if (place)
    return (
      <Link className="inline-flex min-h-6 items-center text-brand" to={place}>
        <Id id={row.subject} />
      </Link>
    );
  const known = OF_USERS.test(row.action) ? name(row.subject) : null;
  return <>{known ?? <Id id={row.subject} />}</>;
}
