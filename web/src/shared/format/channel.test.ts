import { expect, it } from 'vitest';
import { campaignWord, channelWord } from './channel';

it('calls channels as people do, and others by their key', () => {
  expect(['facebook_paid_ads', 'email', 'unknown', 'my_podcast', null].map(channelWord)).toEqual([
    'Facebook Ads',
    'E-mail',
    'Unknown',
    'My podcast',
    '–',
  ]);
});

it('leaves campaigns as somebody typed them', () => {
  expect(['vsl_cold', '', null].map(campaignWord)).toEqual(['vsl_cold', '–', '–']);
});
