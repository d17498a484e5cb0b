import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { duration } from '@/shared/format/duration';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Card, Facts } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { Time } from '@/shared/ui/Time';

/** Who is logged in, with which rights and until when. */
export function Myself() {
  const query = useQuery({
    queryKey: ['second-factor'],
    queryFn: () => unwrap(api.GET('/api/auth/me')),
  });
  return (
    <Card title={t('You')}>
      <Tile query={query} what={t('your account')}>
        {({ user, expires_at, idle_seconds }) => (
          <Facts
            items={[
              [t('Name'), user.name ?? '–'],
              [t('E-mail'), user.email],
              [t('Role'), sentence(user.role)],
              [t('Logged in until'), <Time key="u" at={expires_at} />],
              [t('Logs out'), t`after ${duration(idle_seconds)} without use`],
            ]}
          />
        )}
      </Tile>
    </Card>
  );
}
