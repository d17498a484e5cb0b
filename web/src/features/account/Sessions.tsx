import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

/** So many are listed at once. */
const SHOWN = 5;

type Session = Schema['Session'] & { current?: boolean };

/** Where this account is logged in, and since when. */
export function Sessions() {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ['sessions'],
    queryFn: () => unwrap(api.GET('/api/auth/sessions')),
  });
  const end = async () => {
    await api.DELETE('/api/auth/sessions').catch(() => null);
    client.clear();
    location.assign('/login');
  };
  return (
    <Card
      title={t('Sessions')}
      actions={
        <Button kind="danger" onClick={() => void end()}>
          {t('End all sessions')}
        </Button>
      }
    >
      <Tile query={query} what={t('the sessions')}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t('No session.')}</Empty>
          ) : (
            <Listed sessions={items as unknown as Session[]} />
          )
        }
      </Tile>
    </Card>
  );
}

/** This session first, then the ones that were used last; of many the others unfold. */
function Listed({ sessions }: { sessions: Session[] }) {
  const used = (one: Session) => one.last_used_at ?? one.created_at;
  const sorted = [...sessions].sort(
    (a, b) =>
      Number(b.current ?? false) - Number(a.current ?? false) || used(b).localeCompare(used(a)),
  );
  const others = sorted.slice(SHOWN);
  return (
    <>
      <Lines sessions={sorted.slice(0, SHOWN)} />
      {others.length > 0 && (
        <details className="mt-2">
          <summary className="min-h-6 text-table text-ink-2">{t`${count(others.length)} more`}</summary>
          <Lines sessions={others} />
        </details>
      )}
    </>
  );
}

const Lines = ({ sessions }: { sessions: Session[] }) => (
  <ul className="m-0 flex list-none flex-col gap-2 p-0">
    {sessions.map((session) => (
      <li key={session.session_id} className="flex flex-wrap justify-between gap-x-4">
        <span>
          {session.network} {session.current && <Badge tone="ok">{t('This one')}</Badge>}
        </span>
        <span className="text-table text-ink-3">
          {t('since')} <Time at={session.created_at} />
          {session.last_used_at && (
            <>
              {t(', last used')} <Time at={session.last_used_at} />
            </>
          )}
          {t(', until')} <Time at={session.expires_at} />
        </span>
      </li>
    ))}
  </ul>
);
