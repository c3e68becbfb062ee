/**
 * Words by which people call a column of email addresses, in the languages that exports come in. Data, and how well a name
 * fits: the word alone beats a name that has it in it (`Email` before `Email of the account manager`).
 */

/** Alone they name the column of a contact's address. */
const WORDS =
  'email e-mail mail email_address emailaddress e-mail-adresse email-adresse mailadresse courriel adresse_mail adresse_email ' +
  'correo correo_electronico correo_electrónico e-mail_address indirizzo_email posta_elettronica endereco_de_email ' +
  'e-mailadres adres_e-mail e-post epost e-postadress sähköposti eposta e-posta почта электронная_почта эл.почта имейл ' +
  'メール メールアドレス eメール 电子邮件 邮箱 电子邮箱 電子郵件 郵箱 이메일 이메일_주소 البريد_الإلكتروني בדואר_אלקטרוני ' +
  'primary_email email_1 e-mail_1_-_value subscriber_email contact_email customer_email user_email to recipient';

const NAMES: ReadonlySet<string> = new Set(WORDS.split(' '));

/** In a longer name they tell of an address, though perhaps of somebody else's. */
const PART = /e-?mail|courriel|correo|e-?post|メール|邮箱|邮件|郵件|郵箱|이메일|почт/i;
/** An address that is not the contact's own. */
const ANOTHERS =
  /manager|owner|referr|parent|confirm|opt|status|sent|open|click|date|valid|verified|bounce|consent|domain/i;

/** 0 to 0.3: what a header adds to the share of addresses in its column. */
export function headerScore(name: string): number {
  const plain = name
    .replace(/^\uFEFF/, '')
    .trim()
    .toLowerCase();
  if (NAMES.has(plain.replace(/[\s_]+/g, '_')) || NAMES.has(plain.replace(/[\s_-]+/g, '_'))) return 0.3;
  if (!PART.test(plain)) return 0;
  return ANOTHERS.test(plain) ? 0.01 : 0.15;
}
