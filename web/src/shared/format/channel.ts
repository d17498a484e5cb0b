import { t } from '@/shared/i18n/t';
import { NONE } from './number';
import { words } from './words';

/** Names that people know, of the keys by which channels are counted. Those of companies are the same in every language. */
const CHANNELS: Record<string, string> = {
  bing_ads: 'Microsoft Ads',
  direct: t('Direct'),
  email: t('E-mail'),
  facebook_paid_ads: 'Facebook Ads',
  google_ads: 'Google Ads',
  google_paid_ads: 'Google Ads',
  instagram_paid_ads: 'Instagram Ads',
  linkedin_paid_ads: 'LinkedIn Ads',
  none: t('None'),
  organic: t('Organic search'),
  partners: t('Partners'),
  referral: t('Referrals'),
  sms: 'SMS',
  tiktok_paid_ads: 'TikTok Ads',
  unknown: t('Unknown'),
  youtube_paid_ads: 'YouTube Ads',
};

/** A channel as people call it; one without such a name is written as a word. */
export const channelWord = (key: string | null | undefined): string => {
  if (!key) return NONE;
  const known = CHANNELS[key];
  if (known) return known;
  const text = words(key);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** A campaign as whoever made it typed it: it is a name, and looked for by it elsewhere. */
export const campaignWord = (name: string | null | undefined): string => name || NONE;
