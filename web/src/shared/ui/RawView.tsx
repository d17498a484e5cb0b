import { useQuery } from '@tanstack/react-query';
import { ApiError } from '@/shared/api/client';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { raw } from '@/shared/raw';
import { Badge } from './Badge';
import { Facts } from './Card';
import { Copy } from './Copy';
import { JsonView } from './JsonView';
import { Tile } from './Tile';
import { Time } from './Time';

/** A raw body with the proof that these are the bytes that its hash names. Bodies are for admins. */
export function RawView({ sha256 }: { sha256: string }) {
  const { role } = useFrame();
  const query = useQuery({
    queryKey: ['raw', sha256],
    queryFn: () => raw(sha256),
    enabled: role === 'admin',
    staleTime: Infinity,
  });
  const hash = (
    <span className="inline-flex items-center gap-1 font-mono text-meta wrap-anywhere">
      {sha256}
      <Copy text={sha256} what={t('hash')} />
    </span>
  );
  if (role !== 'admin')
    return (
      <Facts
        items={[
          ['SHA-256', hash],
          [t('Body'), t('Only an admin reads bodies.')],
        ]}
      />
    );
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Facts
        items={[
          ['SHA-256', hash],
          [t('Body'), t('Not stored: the webhook was rejected, or the person was erased.')],
        ]}
      />
    );
  }
  return (
    <Tile query={query} what={t('the body')}>
      {(found) => (
        <div className="flex flex-col gap-3">
          <Facts
            items={[
              [t('From'), `${sentence(found.vendor)} ${found.kind}`],
              [t('Received'), <Time key="t" at={found.receivedAt} />],
              ['SHA-256', hash],
              [
                t('Proof'),
                found.matches ? (
                  <Badge key="p" tone="ok">
                    {t('Bytes match')}
                  </Badge>
                ) : (
                  <Badge key="p" tone="bad">
                    {t('Bytes do not match')}
                  </Badge>
                ),
              ],
            ]}
          />
          <JsonView text={found.text} />
        </div>
      )}
    </Tile>
  );
}
