import { useQuery } from '@tanstack/react-query';
import { Check, Circle } from 'lucide-react';
import { Link } from 'react-router';
import { get } from '@/shared/api/get';
import { ops } from '@/shared/api/ops';
import type { Page } from '@/shared/api/useList';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Card } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';

const ONE = { limit: 1 };

/** What tells that something was set up. */
async function facts() {
  const [inbox, spend] = await Promise.all([
    get<Page<unknown>>('/api/inbox', ONE),
    get<Page<unknown>>('/api/ad-spend', ONE),
  ]);
  return { came: inbox.items.length > 0, spent: spend.items.length > 0 };
}

/** The way to the first figure, for an admin of a business without one: each step is ticked by a fact. */
export function SetUp() {
  const { asOf } = useFrame();
  const found = useQuery({ queryKey: ['set-up'], queryFn: facts });
  const watched = useQuery(ops).data?.subscriptions ?? [];
  return (
    <Card title={t('Getting started')} note={t('A step is ticked as soon as it is seen to work.')}>
      <Tile query={found} what={t('the steps')}>
        {({ came, spent }) => (
          <ol className="m-0 flex list-none flex-col gap-2 p-0">
            <Step done={watched.some((one) => one.state === 'active')} to="/app/ops">
              {t('Vendors know where to send their webhooks')}
            </Step>
            <Step done={came} to="/app/inbox">
              {t('A first webhook arrived')}
            </Step>
            <Step done={spent} to="/app/marketing/cost">
              {t('The spend of a day is recorded')}
            </Step>
            <Step done={asOf !== null} to="/app/ops">
              {t('The numbers were made for the first time')}
            </Step>
          </ol>
        )}
      </Tile>
    </Card>
  );
}

function Step({ done, to, children }: { done: boolean; to: string; children: string }) {
  return (
    <li className="flex items-center gap-2">
      {done ? (
        <Check size={16} aria-label={t('done')} className="shrink-0 text-ok" />
      ) : (
        <Circle size={16} aria-label={t('not yet')} className="shrink-0 text-ink-3" />
      )}
      <Link className="inline-flex min-h-6 items-center text-brand" to={to}>
        {children}
      </Link>
    </li>
  );
}
