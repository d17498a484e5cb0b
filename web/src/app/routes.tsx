import { lazy, Suspense, type ReactNode } from 'react';
import { Navigate, Route, Routes as All } from 'react-router';
import { LoginPage } from '@/features/login/LoginPage';
import { t } from '@/shared/i18n/t';
import { Lost } from './Lost';
import { Only } from './Only';
import type { Role } from './session';
import { Shell } from './Shell';

const Overview = lazy(() => import('@/features/overview/Overview'));
const Trend = lazy(() => import('@/features/marketing/TrendPage'));
const Timing = lazy(() => import('@/features/marketing/TimingPage'));
const Cost = lazy(() => import('@/features/marketing/CostPage'));
const Attribution = lazy(() => import('@/features/marketing/AttributionPage'));
const Reps = lazy(() => import('@/features/reps/RepsPage'));
const Customers = lazy(() => import('@/features/people/CustomersPage'));
const Contact = lazy(() => import('@/features/people/ContactPage'));
const Review = lazy(() => import('@/features/people/ReviewPage'));
const Conversations = lazy(() => import('@/features/conversations/ConversationsPage'));
const TextFigures = lazy(() => import('@/features/conversations/FiguresPage'));
const WhatIf = lazy(() => import('@/features/conversations/WhatIfPage'));
const Bookings = lazy(() => import('@/features/bookings/BookingsPage'));
const Booking = lazy(() => import('@/features/bookings/BookingPage'));
const Ledger = lazy(() => import('@/features/ledger/LedgerPage'));
const Inbox = lazy(() => import('@/features/inbox/InboxPage'));
const Ops = lazy(() => import('@/features/ops/OpsPage'));
const Lineage = lazy(() => import('@/features/lineage/LineagePage'));
const Users = lazy(() => import('@/features/users/UsersPage'));
const Audit = lazy(() => import('@/features/audit/AuditPage'));
const Account = lazy(() => import('@/features/account/AccountPage'));

const READERS: Role[] = ['admin', 'viewer'];
const ADMIN: Role[] = ['admin'];

const only = (roles: Role[], what: string, page: ReactNode) => (
  <Only roles={roles} what={what}>
    {page}
  </Only>
);

export function Routes() {
  return (
    <Suspense fallback={null}>
      <All>
        <Route path="/login" element={<LoginPage />} />
        <Route path="/app" element={<Shell />}>
          <Route index element={<Overview />} />
          <Route path="marketing" element={<Trend />} />
          <Route path="marketing/timing" element={<Timing />} />
          <Route path="marketing/cost" element={<Cost />} />
          <Route path="marketing/attribution" element={<Attribution />} />
          <Route path="sales" element={<Reps kind="sales" />} />
          <Route path="setters" element={<Reps kind="setters" />} />
          <Route path="customers" element={<Customers />} />
          <Route path="contacts/review" element={only(ADMIN, t('the Review'), <Review />)} />
          <Route path="contacts/:id" element={<Contact />} />
          <Route
            path="conversations"
            element={only(READERS, t('Conversations'), <Conversations />)}
          />
          <Route
            path="conversations/figures"
            element={only(READERS, t('Conversations'), <TextFigures />)}
          />
          <Route
            path="conversations/what-if"
            element={only(READERS, t('Conversations'), <WhatIf />)}
          />
          <Route path="bookings" element={only(ADMIN, t('Bookings'), <Bookings />)} />
          <Route path="bookings/:id" element={only(ADMIN, t('Bookings'), <Booking />)} />
          <Route path="money" element={only(ADMIN, t('the Ledger'), <Ledger />)} />
          <Route path="inbox" element={only(ADMIN, t('the Inbox'), <Inbox />)} />
          <Route path="ops" element={only(ADMIN, t('Ops'), <Ops />)} />
          <Route path="ops/flow" element={only(ADMIN, t('Ops'), <Ops part="flow" />)} />
          <Route path="ops/cost" element={only(ADMIN, t('Ops'), <Ops part="cost" />)} />
          <Route path="ops/tables" element={only(ADMIN, t('Ops'), <Ops part="tables" />)} />
          <Route path="lineage/:table" element={<Lineage />} />
          <Route path="users" element={only(ADMIN, t('Users'), <Users />)} />
          <Route path="audit" element={only(ADMIN, t('the Audit'), <Audit />)} />
          <Route path="account" element={<Account />} />
          <Route path="*" element={<Lost />} />
        </Route>
        <Route path="*" element={<Navigate to="/app" replace />} />
      </All>
    </Suspense>
  );
}
