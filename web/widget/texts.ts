/**
 * The messages, by language (BCP 47, first subtag). `{}` is an address. A page may put its own words in the place of
 * each: `data-vrfy-text-…` on the script or the field, or `texts` of `attach`.
 */

const TEXT_NAMES = ['syntax', 'domain', 'mailbox', 'disposable', 'risky', 'use'] as const;
export type TextName = (typeof TEXT_NAMES)[number];
export type Texts = Readonly<Record<TextName, string>>;

/** In the order of TEXT_NAMES, one line each: keys would double the size. */
const TEXTS_BY_LANGUAGE: Readonly<Record<string, string>> = {
  en: `Please write a whole address, like name@example.com.
No mail can reach the domain after the @.
This mailbox does not exist.
Please give an address that lasts.
Please make sure that this address is right.
Use {}`,
  de: `Bitte eine ganze Adresse angeben, wie name@example.com.
An die Domain nach dem @ kommt keine E-Mail an.
Dieses Postfach gibt es nicht.
Bitte eine dauerhafte Adresse angeben.
Bitte prüfen, ob diese Adresse stimmt.
{} verwenden`,
  fr: `Veuillez saisir une adresse complète, comme name@example.com.
Le domaine après le @ ne reçoit pas d’e-mails.
Cette boîte n’existe pas.
Veuillez donner une adresse durable.
Vérifiez que cette adresse est correcte.
Utiliser {}`,
  es: `Escriba una dirección completa, como name@example.com.
El dominio tras la @ no recibe correo.
Este buzón no existe.
Indique una dirección duradera.
Compruebe que esta dirección es correcta.
Usar {}`,
  pt: `Escreva um endereço completo, como name@example.com.
O domínio após o @ não recebe e-mail.
Esta caixa de correio não existe.
Indique um endereço duradouro.
Verifique se este endereço está certo.
Usar {}`,
  it: `Inserisci un indirizzo completo, come name@example.com.
Il dominio dopo la @ non riceve email.
Questa casella non esiste.
Indica un indirizzo duraturo.
Controlla che questo indirizzo sia giusto.
Usa {}`,
  nl: `Vul een volledig adres in, zoals name@example.com.
Het domein na de @ ontvangt geen e-mail.
Deze mailbox bestaat niet.
Geef een blijvend adres op.
Controleer of dit adres klopt.
Gebruik {}`,
  pl: `Podaj pełny adres, np. name@example.com.
Domena po @ nie odbiera poczty.
Ta skrzynka nie istnieje.
Podaj stały adres.
Sprawdź, czy ten adres jest poprawny.
Użyj {}`,
  ja: `name@example.com のように入力してください。
@ の後のドメインではメールを受信できません。
このメールボックスは存在しません。
継続して使えるアドレスを入力してください。
このアドレスが正しいかご確認ください。
{} を使う`,
};

/** The language of a tag such as `de-AT` that there are texts of, or English. */
export function languageOf(tag: string): string {
  const [subtag = ''] = tag.toLowerCase().split('-');
  return Object.hasOwn(TEXTS_BY_LANGUAGE, subtag) ? subtag : 'en';
}

export function textIn(language: string, name: TextName): string {
  return TEXTS_BY_LANGUAGE[language]?.split('\n')[TEXT_NAMES.indexOf(name)] ?? '';
}
