import { t } from '@/shared/i18n/t';
import { bookingIn } from '@/shared/texts/alarms';

/** What to do about an alarm, by its code: one sentence, and the place where it is done. */
interface Step {
  todo: string;
  /** The page where it is done, of the alarm's subject where it names one. */
  place?: (subject: string) => [path: string, word: string];
}

const inbox = (): [string, string] => ['/app/inbox?status=failed', t('Failed deliveries')];
const subscriptions = (): [string, string] => ['#subscriptions', t('Subscriptions')];
const flow = (): [string, string] => ['/app/ops/flow', t('How fast')];
const syncs = (): [string, string] => ['#syncs', t('Syncs')];

const booking = (subject: string): [string, string] => {
  const id = bookingIn(subject);
  return id
    ? [`/app/bookings/${id}`, t('Open the booking')]
    : ['/app/bookings?view=stuck', t('Stuck bookings')];
};

/** Every alarm that `GET /api/ops` knows. */
export const RUNBOOK: Record<string, Step> = {
  booking_stuck: {
    todo: t(
      'Open the booking and read what it waits for; then refund, override or pay by hand what the vendor did not do.',
    ),
    place: booking,
  },
  effect_retrying: {
    todo: t(
      'Wait: it is tried again by itself. If it goes on, look at the vendor’s key and status page.',
    ),
    place: booking,
  },
  effect_overdue: {
    todo: t(
      'See that the vendor’s key is there and valid; with a good key it is done within six minutes.',
    ),
    place: booking,
  },
  effect_given_up: {
    todo: t('It will not be retried. Fix the cause, then do it by hand from the booking.'),
    place: booking,
  },
  vendor_limit_near: {
    todo: t(
      'Nothing breaks: calls slow down by themselves. Put off big syncs until the limit is free again.',
    ),
    place: syncs,
  },
  refund_pending: {
    todo: t(
      'A bank may take days. If it fails, Stripe says why: refund another way and tell the customer.',
    ),
    place: () => ['/app/bookings?view=REFUND_PENDING', t('Bookings that wait for a refund')],
  },
  text_unknown: {
    todo: t(
      'Do not send it again: the carrier’s report ends this alarm. After a day ask the customer.',
    ),
    place: () => ['/app/conversations', t('Conversations')],
  },
  webhooks_failed: {
    todo: t('Read their errors in the inbox. After a release that understands them, replay each.'),
    place: inbox,
  },
  dead_letters: {
    todo: t('Fix the cause that the delivery’s error names, then replay it from the inbox.'),
    place: inbox,
  },
  high_error_rate: {
    todo: t('See which vendor’s calls fail under “How fast”; look at its key and its status page.'),
    place: flow,
  },
  webhooks_refused: {
    todo: t(
      'A vendor’s signing key changed, or someone is probing the webhook URL. Compare the keys, then check the log.',
    ),
    place: subscriptions,
  },
  slow_api: {
    todo: t(
      'Look at the latencies. After a deployment it passes; if it persists, give the function more memory.',
    ),
    place: flow,
  },
  unusual_bookings: {
    todo: t(
      'Compare with your campaigns. If bookings stopped for no reason, a webhook subscription has probably ended.',
    ),
    place: subscriptions,
  },
  vendor_task_open: {
    todo: t(
      'Delete the record at the vendor by hand and say “Done”, or give us the right and try again.',
    ),
    place: () => ['#vendor-tasks', t('Deletions at vendors')],
  },
  ledger_differs: {
    todo: t(
      'Read the differences: money that was moved outside Bookpath stays one. Then reconcile again.',
    ),
    place: () => ['/app/money', t('Ledger')],
  },
  subscription_missing: {
    todo: t('No subscription posts to us: run “bookpath webhooks create” for this vendor.'),
    place: subscriptions,
  },
  subscription_failing: {
    todo: t('See why our receiver refuses or fails. After a day the vendor gives up.'),
    place: inbox,
  },
  subscription_disabled: {
    todo: t(
      'It was made anew once by itself. If it ends again: fix the cause, then “bookpath webhooks create”.',
    ),
    place: subscriptions,
  },
  sync_failed: {
    todo: t(
      'Look at the vendor’s key and its scopes. The next run goes on where this one stopped.',
    ),
    place: syncs,
  },
  am_change: {
    todo: t('Decide who looks after this person, and set the owner in the CRM.'),
    place: (id) => [`/app/contacts/${id}`, t('Open the contact')],
  },
};
