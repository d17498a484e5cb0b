import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useExpired } from '@/shared/api/expired';
import { t } from '@/shared/i18n/t';
import { Overlay } from '@/shared/ui/Dialogs';
import { LoginForm } from '@/features/login/LoginForm';

/** The login ran out: a dialog over the page, which stays as it is. */
export function LogInAgain({ email }: { email: string }) {
  const client = useQueryClient();
  const { expired, set } = useExpired();
  const [closed, setClosed] = useState(false);
  return (
    <Overlay
      open={expired && !closed}
      onClose={() => {
        setClosed(true);
      }}
      title={t('Please log in again')}
      note={t('Your session expired. Log in to continue.')}
      shape="middle"
      first={() => document.querySelector<HTMLElement>('[role=dialog] input[type=password]')}
    >
      <LoginForm
        email={email}
        onDone={() => {
          set(false);
          void client.invalidateQueries();
        }}
      />
    </Overlay>
  );
}
