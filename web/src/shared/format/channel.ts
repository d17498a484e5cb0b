import { pseudoed, t } from '@/shared/i18n/t';
import { NONE } from './number';
import { words } from './words';

/** Names of what companies sell, which are the same in every language, of the keys by which channels are counted. */
const PRODUCTS: Record<string, string> = {
  bing_ads: 'Microsoft Ads',
  facebook_paid_ads: 'Facebook Ads',
  google_ads: 'Google Ads',
  google_paid_ads: 'Google Ads',
  instagram_paid_ads: 'Instagram Ads',
  linkedin_paid_ads: 'LinkedIn Ads',
  sms: 'SMS',
  tiktok_paid_ads: 'TikTok Ads',
  youtube_paid_ads: 'YouTube Ads',
};

/** Words of the other keys. */
const CHANNELS: Record<string, string> = {
  direct: t('Direct'),
  email: t('E-mail'),
  none: t('None'),
  organic: t('Organic search'),
  partners: t('Partners'),
  referral: t('Referrals'),
  unknown: t('Unknown'),
};

/** A channel as people call it; one without such a name is written as a word. */
export const channelWord = (key: string | null | undefined): string => {
  if (!key) return NONE;
  const product = PRODUCTS[key];
  if (product) return pseudoed(product);
  const text = CHANNELS[key] ?? words(key);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** A campaign as whoever made it typed it: it is a name, and looked for by it elsewhere. */
export const campaignWord = (name: string | null | undefined): string => name || NONE;
