/**
 * Replies of single providers: their own codes and links, and the few wordings with a special meaning there.
 *
 * Such rows stand before every shared one. Most are signed: a code such as `OFR_416` or a link such as `?p=NoSuchUser`
 * identifies the provider, so the row counts even if the MX host was not recognised (a customer's own host name, a
 * filter in front). Unsigned rows count only if the caller names the provider.
 */
import { phrases, type RuleRow } from '../rule.ts';

const SEEN = '2026-11';
const GOOGLE = 'https://support.google.com/a/answer/3726730';
const MICROSOFT =
  'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online';
const ORANGE = 'https://postmaster.orange.fr/ (OFR and LPN codes)';
const GODADDY = 'https://www.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685';
const NETEASE = 'https://mail.163.com/help/help_spam_16.htm';
const FACEBOOK = 'https://www.facebook.com/postmaster/response_codes';
const SPECTRUM = 'https://www.spectrum.net/support/internet/understanding-email-error-codes';
const COX = 'https://www.cox.com/residential/support/email-error-codes.html';
const YAHOO = 'https://senders.yahooinc.com/smtp-error-codes';
const FIELD_MANUAL = 'https://smtpfieldmanual.com/';

type Row = Omit<RuleRow, 'isSigned' | 'seen'>;

function signed(row: Row): RuleRow {
  return { ...row, isSigned: true, seen: SEEN };
}

function named(row: Row): RuleRow {
  return { ...row, seen: SEEN };
}

export const PROVIDER_ROWS: readonly RuleRow[] = [
  signed({
    id: 'google-no-such-user',
    provider: 'google',
    stages: ['rcpt'],
    codes: [5],
    url: / support\.google\.com\/[^ ]{0,40}p=nosuchuser/,
    class: 'mailbox_not_found',
    sample:
      '550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 https://support.google.com/mail/?p=NoSuchUser x1-20020a0 - gsmtp',
    source: GOOGLE,
  }),
  signed({
    id: 'google-disabled',
    provider: 'google',
    stages: ['rcpt'],
    codes: [5],
    url: / support\.google\.com\/[^ ]{0,40}p=disableduser/,
    class: 'mailbox_disabled',
    sample:
      '550-5.2.1 The email account that you tried to reach is inactive. Learn more at\n550 5.2.1 https://support.google.com/mail/?p=DisabledUser x1-20020a0 - gsmtp',
    source: GOOGLE,
  }),
  signed({
    id: 'google-over-quota',
    provider: 'google',
    stages: ['rcpt'],
    codes: [4, 5],
    url: / support\.google\.com\/[^ ]{0,40}p=overquota/,
    class: 'mailbox_full',
    sample:
      "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n452 4.2.2 recipient to https://support.google.com/mail/?p=OverQuotaTemp x1 - gsmtp",
    source: GOOGLE,
  }),
  signed({
    id: 'google-rate',
    provider: 'google',
    codes: [4, 5],
    url: / support\.google\.com\/[^ ]{0,40}p=(?:receivingrate|unsolicitedratelimit|ratelimit|toomanyrecipients)/,
    class: 'rate_limited',
    sample:
      '450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450 4.2.1 https://support.google.com/mail/?p=ReceivingRate x1 - gsmtp',
    source: GOOGLE,
  }),
  signed({
    id: 'microsoft-no-such-recipient',
    provider: 'microsoft365',
    stages: ['rcpt'],
    codes: [550, 554],
    enhanced: ['4.1'],
    text: phrases('recipient address(es)? rejected access denied', 'as 201806281'),
    class: 'mailbox_not_found',
    sample:
      '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB3EUR04FT013.eop-eur04.prod.protection.outlook.com]',
    source: MICROSOFT,
  }),
  signed({
    id: 'microsoft-resolver-not-found',
    provider: 'microsoft365',
    stages: ['rcpt'],
    codes: [5],
    text: phrases(
      'resolver adr~(recipnotfound|recipientnotfound|recipient notfound|exrecipnotfound|invalidinput|invalidsmtp[^ ]*)',
    ),
    class: 'mailbox_not_found',
    sample: '550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found',
    source: MICROSOFT,
  }),
  signed({
    id: 'microsoft-recipient-restricted',
    provider: 'microsoft365',
    stages: ['rcpt'],
    codes: [5],
    text: phrases('resolver rst~[^ ]+'),
    class: 'policy_other',
    sample: '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized',
    source: MICROSOFT,
  }),
  named({
    id: 'outlook-mailbox-unavailable',
    provider: 'outlook',
    stages: ['rcpt'],
    codes: [550],
    enhanced: ['5.0'],
    text: phrases('mailbox unavailable'),
    class: 'mailbox_not_found',
    sample:
      '550 5.5.0 Requested action not taken: mailbox unavailable. [DB5EUR01FT032.eop-EUR01.prod.protection.outlook.com]',
    source: MICROSOFT,
  }),
  signed({
    id: 'microsoft-block-list',
    provider: 'outlook',
    codes: [4, 5],
    text: phrases(
      '(block list|your ip|blocked|banned|messages from|rejected)~s3[0-9][0-9][0-9]',
      's3140|s3150|s8001|s8002|sc-00[0-9]|sc-00[0-9]( [^ ]+)? unfortunately|banned sending ip',
    ),
    class: 'ip_blocked',
    sample:
      "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    source: 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx',
  }),
  signed({
    id: 'outlook-rate',
    provider: 'outlook',
    codes: [421, 451],
    text: phrases('rp-00[0-9]'),
    class: 'rate_limited',
    sample: '421 RP-001 (SNT004-MC1F1) Unfortunately, some messages from 192.0.2.25 were not sent. Please try again.',
    source: 'https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx',
  }),
  signed({
    id: 'yahoo-no-account',
    provider: 'yahoo',
    stages: ['rcpt'],
    codes: [5],
    text: phrases('this user doesnt have an?~account', 'delivery error~no longer valid'),
    class: 'mailbox_not_found',
    sample: "554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) [0]",
    source: YAHOO,
  }),
  signed({
    id: 'yahoo-permanently-deferred',
    provider: 'yahoo',
    codes: [4, 5],
    text: phrases('tss(09|11)|permanently deferred|bl2[0-9]'),
    class: 'ip_blocked',
    sample: '553 5.7.2 [TSS09] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT succeed.',
    source: YAHOO,
  }),
  signed({
    id: 'yahoo-deferred',
    provider: 'yahoo',
    codes: [421, 451],
    text: phrases('tss0[0-8]|ts0[0-9]|user complaints'),
    class: 'rate_limited',
    sample:
      '421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1',
    source: YAHOO,
  }),
  signed({
    id: 'aol-refused',
    provider: 'yahoo',
    codes: [4, 5],
    text: phrases('(rtr|rly|dyn|hvu|con|cnn|ip) ?(du|go|bl|bb|bd|nw|sn|ch|t1|b[0-9])', 'rtr (bl|du|go|bb|ge|sc)'),
    url: /postmaster\.(?:info\.)?aol\.com/,
    class: 'ip_blocked',
    sample: '554- (RTR:BL)  http://postmaster.aol.com/errors/554rtrbl.html\n554  Connecting IP: 192.0.2.25',
    source: 'https://postmaster.aol.com/error-codes',
  }),
  signed({
    id: 'orange-no-recipient',
    provider: 'orange',
    stages: ['rcpt'],
    codes: [5],
    text: phrases('(ofr|lpn|ouk)[0-9a]* ?41[68]'),
    class: 'mailbox_not_found',
    sample: "550 5.1.1 Adresse d'au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
    source: ORANGE,
  }),
  signed({
    id: 'orange-full',
    provider: 'orange',
    stages: ['rcpt'],
    codes: [4, 5],
    text: phrases('(ofr|lpn|ouk)[0-9a]* ?417'),
    class: 'mailbox_full',
    sample: '552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]',
    source: ORANGE,
  }),
  signed({
    id: 'orange-archived',
    provider: 'orange',
    stages: ['rcpt'],
    codes: [5],
    text: phrases('(ofr|lpn|ouk)[0-9a]* ?42[06]'),
    class: 'mailbox_disabled',
    sample: '550 5.5.0 Boite du destinataire archivee. Archived recipient. LPN007_420',
    source: ORANGE,
  }),
  signed({
    id: 'orange-rate',
    provider: 'orange',
    codes: [4, 5],
    text: phrases('(ofr|lpn|ouk)[0-9a]* ?(104|109|201)'),
    class: 'rate_limited',
    sample: '421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. OFR005_104 [104]',
    source: ORANGE,
  }),
  signed({
    id: 'orange-refused',
    provider: 'orange',
    codes: [4, 5],
    text: phrases('(ofr|lpn|ouk|lpnaaa)[0-9a]* ?(10[1-35-8]|30[0-9]|40[0-9]|415|421|423|424|50[0-9]|51[0-9]|630|999)'),
    class: 'ip_blocked',
    sample: '550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. OFR006_102 [102]',
    source: ORANGE,
  }),
  signed({
    id: 'godaddy-ip',
    provider: 'godaddy',
    codes: [4, 5],
    text: phrases('ib(10[3-6]|108|11[0-3])'),
    class: 'ip_blocked',
    sample: '554 Connection refused. 192.0.2.25 is on a block list. IB104 please see https://www.godaddy.com/help',
    source: GODADDY,
  }),
  signed({
    id: 'godaddy-rate',
    provider: 'godaddy',
    codes: [4, 5],
    text: phrases('ib(007|504|510|605|607)'),
    class: 'rate_limited',
    sample: '421 mx.example.org bizsmtp IB007. Connection refused, lower your sessions',
    source: GODADDY,
  }),
  signed({
    id: 'godaddy-sender',
    provider: 'godaddy',
    codes: [5],
    text: phrases('ib50[1268]'),
    class: 'sender_rejected',
    sample: '550 probe.example From: Domain is invalid. Provide a valid From: IB506',
    source: GODADDY,
  }),
  signed({
    id: 'netease-rate',
    provider: 'netease',
    codes: [4, 5],
    text: phrases('(hl|mi|rp|wm) (icc|ifc|dmc|sfq|stc|ccl|cel|qrc|drc|trc)'),
    class: 'rate_limited',
    sample: '451 MI:SFQ 163 mx3,GMCowEB5k0u 1690000000 http://mail.163.com/help/help_spam_16.htm',
    source: NETEASE,
  }),
  signed({
    id: 'netease-refused',
    provider: 'netease',
    codes: [4, 5],
    text: phrases('(hl|mi|rp|dt|wm|md) (ihu|ipb|rep|mep|rib|rbl|bli|blu|spb|sum|spm|nhd|hdr|brl|ibl)'),
    class: 'ip_blocked',
    sample: '554 HL:IHU 163 mx7,PsCowEC5k0u 1665123456 http://mail.163.com/help/help_spam_16.htm',
    source: NETEASE,
  }),
  signed({
    id: 'facebook-no-recipient',
    provider: 'facebook',
    stages: ['rcpt'],
    codes: [5],
    text: phrases('rcp-p1|int-p[134]'),
    class: 'mailbox_not_found',
    sample: '550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes?ip=192.0.2.25#rcp',
    source: FACEBOOK,
  }),
  signed({
    id: 'facebook-recipient-refuses',
    provider: 'facebook',
    codes: [4, 5],
    text: phrases('rcp-p[23]|pol-p[567]|msg-p[123]|int-p2'),
    class: 'policy_other',
    sample: '550 5.1.1 RCP-P2 http://postmaster.facebook.com/response_codes Refused due to recipient preferences',
    source: FACEBOOK,
  }),
  signed({
    id: 'facebook-rate',
    provider: 'facebook',
    codes: [4, 5],
    text: phrases('con-t[1-4]|msg-t1'),
    class: 'rate_limited',
    sample: '421 4.3.2 CON-T3 http://postmaster.facebook.com/response_codes?ip=192.0.2.25#con',
    source: FACEBOOK,
  }),
  signed({
    id: 'facebook-refused',
    provider: 'facebook',
    codes: [4, 5],
    text: phrases('pol-[pt][1-4]|dns-p3|dns-t2'),
    class: 'ip_blocked',
    sample: '554 5.7.1 POL-P1 http://www.spamhaus.org/query/bl?ip=192.0.2.25',
    source: FACEBOOK,
  }),
  signed({
    id: 'facebook-sender',
    provider: 'facebook',
    codes: [4, 5],
    text: phrases('dns-p[12]|dns-t1'),
    class: 'sender_rejected',
    sample: '550 5.1.8 DNS-P1 http://postmaster.facebook.com/response_codes MAIL FROM domain does not exist',
    source: FACEBOOK,
  }),
  signed({
    id: 'aup-rate',
    provider: 'charter',
    codes: [4, 5],
    text: phrases('aup#(i-|in-)?(13[0-9]0|1350|14[0-9]0|15[458]0|cnct|cxcnct|cxmxrt|cxthrt)|cxcnct|cxmxrt'),
    class: 'rate_limited',
    sample: '421 impin011.charter.net cmsmtp 192.0.2.25 too many concurrent connections. AUP#I-1310',
    source: `${SPECTRUM}; ${COX}`,
  }),
  signed({
    id: 'aup-refused',
    provider: 'charter',
    codes: [4, 5],
    text: phrases(
      'aup#(i-|in-)?(1000|10[1-8]0|11[0-9]0|12[0-6]0|cxbl|cxdns|cxsndr|cxsmtp|cdrbl|bl|dns|ipbl[01]*)|cxbl|cxdns|cdrbl|ipbl[01]+',
    ),
    class: 'ip_blocked',
    sample: '554 impin011.charter.net cmsmtp 192.0.2.25 blocked. AUP#I-1000',
    source: `${SPECTRUM}; ${COX}`,
  }),
  signed({
    id: 't-online-refused',
    provider: 't-online',
    codes: [4, 5],
    text: phrases('ask your postmaster for help'),
    class: 'ip_blocked',
    sample:
      '554 IP=192.0.2.25 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.) (BL)',
    source: 'https://postmaster.t-online.de/',
  }),
  signed({
    id: 'yandex-target-refused',
    provider: 'yandex',
    stages: ['rcpt'],
    codes: [5],
    text: phrases('policy rejection on the target address'),
    class: 'mailbox_disabled',
    sample: '550 5.7.1 Policy rejection on the target address',
    source: FIELD_MANUAL,
  }),
  signed({
    id: 'mimecast-greylist',
    provider: 'mimecast',
    codes: [451],
    text: phrases('internal resources?( are| is)? temporarily unavailable'),
    class: 'greylisted',
    sample: '451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [x]',
    source: 'https://community.mimecast.com/s/article/email-security-cloud-gateway-mimecast-smtp-error-codes',
  }),
  named({
    id: 'tencent-busy',
    provider: 'tencent',
    stages: ['rcpt'],
    codes: [550],
    text: phrases('mailbox unavailable or access deni(n)?ed'),
    class: 'rate_limited',
    sample: '550 Mailbox unavailable or access denied [ip=192.0.2.25] http://service.mail.qq.com/',
    source: 'https://service.mail.qq.com/detail/122/166',
  }),
  signed({
    id: 'trend-block-sender',
    provider: 'trendmicro',
    codes: [5],
    text: phrases('block-send-er|ers-[^ ]+|block-rcpt|no-domain'),
    class: 'sender_rejected',
    sample: '554 5.7.1 <ada@example.org>: Recipient address rejected: BLOCK-SEND-ER.',
    source: FIELD_MANUAL,
  }),
];
