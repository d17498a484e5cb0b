import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import { PAGE, whole } from '@/shared/api/whole';
import { ChangeLine } from '@/shared/changes/ChangeLine';
import { movedBy, type Change } from '@/shared/changes/changes';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import type { Item } from './deliveries';

/** Changes that are told at once. */
const SHOWN = 50;

/** What a delivery led to: the booking that it is about, and the numbers that it moved. */
export function Caused({ item }: { item: Item }) {
  const [asked, setAsked] = useState(false);
  const { delivery_id: id, received_at: since } = item;
  const query = useQuery({
    queryKey: ['changes', 'by', id],
    queryFn: () =>
      whole(async (cursor) => {
        const query = { since, limit: PAGE, ...(cursor ? { cursor } : {}) };
        const page = await unwrap(api.GET('/api/changes', { params: { query } }));
        return { ...page, items: movedBy(page.items as unknown as Change[], id) };
      }),
    enabled: asked,
  });
  return (
    <Card title={t('What came of it')} actions={<Booking item={item} />} level={3}>
      {asked ? (
        <Tile query={query} what={t('the changes')} height="h-16">
          {(changes) =>
            changes.length === 0 ? (
              <Empty>{t('It moved no number that had been shown before.')}</Empty>
            ) : (
              <ul className="m-0 flex list-none flex-col gap-2 p-0 text-table">
                {changes.slice(0, SHOWN).map((change, at) => (
                  <li key={`${change.column} ${String(at)}`}>
                    <ChangeLine change={change} />
                  </li>
                ))}
                {changes.length > SHOWN && (
                  <li className="text-ink-3">{t`The first ${count(SHOWN)} of ${count(changes.length)}.`}</li>
                )}
              </ul>
            )
          }
        </Tile>
      ) : (
        <Button
          onClick={() => {
            setAsked(true);
          }}
        >
          {t('Show the numbers that it moved')}
        </Button>
      )}
    </Card>
  );
}

/** The booking of Calendly's invitee; the other vendors' names of things are not those of bookings. */
function Booking({ item }: { item: Item }) {
  const invitee = item.vendor === 'calendly' ? item.resource_uri : null;
  const { data } = useQuery({
    queryKey: ['bookings', 'of', invitee],
    queryFn: () => {
      const query = { invitee_uri: invitee ?? '', limit: 1 };
      return unwrap(api.GET('/api/bookings', { params: { query } }));
    },
    enabled: Boolean(invitee),
  });
  const booking = data?.items[0];
  if (!booking) return null;
  return (
    <Link
      className="inline-flex min-h-8 items-center text-table text-brand"
      to={`/app/bookings/${booking.booking_id}`}
    >
      {booking.name ? t`Booking of ${booking.name}` : t('Open the booking')}
    </Link>
  );
}
