import { useQueryClient } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { decimal, money } from '@/shared/format/number';
import { minorOf } from '@/shared/format/minor';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Overlay } from '@/shared/ui/Dialogs';
import { Field } from '@/shared/ui/Fields';
import { useToasts } from '@/shared/ui/Toasts';
import { STATES, stateWord } from './states';

type Booking = Schema['BookingView'];
type What = 'override' | 'refund' | 'cancel';

/** Buttons for exactly what the API allows. */
export function BookingActions({ booking }: { booking: Booking }) {
  const [asked, setAsked] = useState<What | null>(null);
  const client = useQueryClient();
  const tell = useToasts((t) => t.tell);
  const { can } = booking;
  const close = () => {
    setAsked(null);
  };
  const path = { id: booking.booking_id };
  const run = async (call: () => Promise<unknown>, done: string) => {
    try {
      await call();
      close();
      tell(done);
    } catch (error) {
      tell(told(error), true);
    }
    await client.invalidateQueries({ queryKey: ['booking', booking.booking_id] });
    await client.invalidateQueries({ queryKey: ['bookings'] });
  };
  const resend = () => unwrap(api.POST('/api/bookings/{id}/resend', { params: { path } }));
  return (
    <>
      {can.includes('resend') && (
        <Button onClick={() => void run(resend, t('The e-mail is on its way again.'))}>
          {t('Resend e-mail')}
        </Button>
      )}
      {can.includes('refund') && (
        <Button
          onClick={() => {
            setAsked('refund');
          }}
        >
          {t('Refund…')}
        </Button>
      )}
      {can.includes('cancel') && (
        <Button
          kind="danger"
          onClick={() => {
            setAsked('cancel');
          }}
        >
          {t('Cancel booking…')}
        </Button>
      )}
      {can.includes('override') && (
        <Button
          onClick={() => {
            setAsked('override');
          }}
        >
          {t('Override…')}
        </Button>
      )}
      {asked === 'override' && <Override booking={booking} onClose={close} run={run} />}
      {asked === 'refund' && <Refund booking={booking} onClose={close} run={run} />}
      {asked === 'cancel' && <Cancel booking={booking} onClose={close} run={run} />}
    </>
  );
}

interface AskProps {
  booking: Booking;
  onClose: () => void;
  run: (call: () => Promise<unknown>, done: string) => Promise<void>;
}

const version = (booking: Booking) => ({ 'if-match': `"${String(booking.version)}"` });

function Ask({
  title,
  note,
  onClose,
  onSubmit,
  verb,
  danger,
  children,
}: {
  title: string;
  note: ReactNode;
  onClose: () => void;
  onSubmit: () => Promise<void>;
  verb: string;
  danger?: boolean;
  children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  return (
    <Overlay open onClose={onClose} title={title} shape="middle">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void onSubmit().finally(() => {
            setBusy(false);
          });
        }}
      >
        <p className="m-0 text-ink-2">{note}</p>
        {children}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Keep as it is')}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Overlay>
  );
}

function Override({ booking, onClose, run }: AskProps) {
  const id = useId();
  const others = Object.keys(STATES).filter((state) => state !== booking.state);
  const [state, setState] = useState(others[0] ?? 'CONFIRMED');
  const [reason, setReason] = useState('');
  const call = () =>
    unwrap(
      api.POST('/api/bookings/{id}/override', {
        params: { path: { id: booking.booking_id } },
        body: { state, reason },
        headers: version(booking),
      }),
    );
  return (
    <Ask
      title={t('Override the state')}
      note={t(
        'The state is set by hand, and the history keeps who did it and why. No money moves by itself.',
      )}
      onClose={onClose}
      onSubmit={() => run(call, t`The booking is ${stateWord(state)} now.`)}
      verb={t('Set the state')}
      danger
    >
      <div className="flex flex-col gap-1">
        <label htmlFor={id} className="text-table font-medium">
          {t('New state')}
        </label>
        <select
          id={id}
          className="control"
          value={state}
          onChange={(event) => {
            setState(event.target.value);
          }}
        >
          {others.map((other) => (
            <option key={other} value={other}>
              {stateWord(other)}
            </option>
          ))}
        </select>
      </div>
      <Field
        label={t('Reason')}
        required
        maxLength={1024}
        value={reason}
        onChange={(event) => {
          setReason(event.target.value);
        }}
      />
    </Ask>
  );
}

function Refund({ booking, onClose, run }: AskProps) {
  const rest = booking.paid_minor - booking.refunded_minor;
  const [amount, setAmount] = useState(decimal(rest, booking.currency));
  const [reason, setReason] = useState('');
  const minor = minorOf(amount, booking.currency);
  const call = () =>
    unwrap(
      api.POST('/api/bookings/{id}/refund', {
        params: { path: { id: booking.booking_id } },
        body: { amount_minor: minor, reason },
        headers: version(booking),
      }),
    );
  return (
    <Ask
      title={t('Refund')}
      note={t`${money(rest, booking.currency)} of this booking’s payment is still here. The booking keeps its state.`}
      onClose={onClose}
      onSubmit={() => run(call, t`${money(minor, booking.currency)} is on its way back.`)}
      verb={minor === null ? t('Refund') : t`Refund ${money(minor, booking.currency)}`}
      danger
    >
      <Field
        label={t`Amount in ${booking.currency}`}
        inputMode="decimal"
        required
        value={amount}
        problem={minor === null ? t('This is no amount.') : null}
        onChange={(event) => {
          setAmount(event.target.value);
        }}
      />
      <Field
        label={t('Reason')}
        required
        maxLength={1024}
        value={reason}
        onChange={(event) => {
          setReason(event.target.value);
        }}
      />
    </Ask>
  );
}

function Cancel({ booking, onClose, run }: AskProps) {
  const [reason, setReason] = useState('');
  const back = booking.refund_if_cancelled_minor ?? 0;
  const call = () =>
    unwrap(
      api.POST('/api/bookings/{id}/cancel', {
        params: { path: { id: booking.booking_id } },
        body: reason ? { reason } : {},
        headers: version(booking),
      }),
    );
  return (
    <Ask
      title={t('Cancel this booking')}
      note={
        back > 0
          ? t`Calendly frees the time, and ${money(back, booking.currency)} goes back to the customer.`
          : t('Calendly frees the time. No money goes back.')
      }
      onClose={onClose}
      onSubmit={() => run(call, t('The booking is being cancelled.'))}
      verb={t('Cancel booking')}
      danger
    >
      <Field
        label={t('Reason (optional)')}
        maxLength={1024}
        value={reason}
        onChange={(event) => {
          setReason(event.target.value);
        }}
      />
    </Ask>
  );
}
