import { useQuery } from '@tanstack/react-query';
import { ops } from '@/shared/api/ops';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Copy } from '@/shared/ui/Copy';

const VENDORS = ['calendly', 'stripe', 'typeform', 'close'];

/** Where the vendors send to, and whether each was seen to. */
export function Addresses() {
  const { data } = useQuery(ops);
  return (
    <ul className="m-0 grid list-none grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-2 gap-y-1 p-0 text-start text-table">
      {VENDORS.map((vendor) => {
        const address = `${location.origin}/api/webhooks/${vendor}`;
        const state = data?.subscriptions.find((one) => one.vendor === vendor)?.state;
        return (
          <li key={vendor} className="contents">
            <code className="wrap-anywhere">{address}</code>
            <Copy text={address} what={t('address')} />
            <span>
              {data && (
                <Badge tone={state === 'active' ? 'ok' : state ? 'bad' : 'plain'}>
                  {state ? sentence(state) : t('Not looked at yet')}
                </Badge>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
