import { X } from 'lucide-react';
import { Link } from 'react-router';
import { useDemo } from '@/shared/demo';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { IconButton } from '@/shared/ui/Button';
import { Card } from '@/shared/ui/Card';

interface Thing {
  to: string;
  text: string;
  /** Who may open it; without it everybody. */
  roles?: string[];
  /** It is a page of the customers. */
  outside?: boolean;
}

const THINGS: Thing[] = [
  {
    to: '/app?panel=close_rate',
    text: t('Open the close rate: its formula, its deals, their webhooks'),
  },
  { to: '/app/customers', text: t('Open a customer and choose another model: the shares move') },
  { to: '/app/marketing/attribution', text: t('Put two models of attribution side by side') },
  {
    to: '/app/conversations?show=not_sent',
    text: t('See why a text was not sent'),
    roles: ['admin', 'viewer'],
  },
  {
    to: '/app/conversations/what-if',
    text: t('Try another wait before the follow-up'),
    roles: ['admin', 'viewer'],
  },
  {
    to: '/app/inbox?status=failed',
    text: t('Process a failed delivery again'),
    roles: ['admin'],
  },
  { to: '/book', text: t('Book and pay as a customer, then find it here'), outside: true },
];

/** What a guest of the demo may like to try; it can be put away. */
export function TryThis() {
  const { role } = useFrame();
  const shown = useDemo((demo) => demo.shown);
  const putAway = useDemo((demo) => demo.putAway);
  if (!shown) return null;
  const look = 'inline-flex min-h-6 items-center text-brand';
  return (
    <Card
      title={t('This is a demo: things to try')}
      actions={
        <IconButton label={t('Put away')} onClick={putAway}>
          <X size={16} aria-hidden />
        </IconButton>
      }
    >
      <ul className="m-0 grid list-none gap-x-6 gap-y-1 p-0 sm:grid-cols-2 xl:grid-cols-3">
        {THINGS.filter((one) => one.roles?.includes(role) ?? true).map((one) => (
          <li key={one.to}>
            {one.outside ? (
              <a className={look} href={one.to}>
                {one.text}
              </a>
            ) : (
              <Link className={look} to={one.to}>
                {one.text}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
