/**
 * Words for a function rather than a person, by language. Kept by hand.
 *
 * Sources: RFC 2142 (the first group), role-based-email-addresses 3.1 (MIT) as a check list, and the imprints of
 * company sites. Words are written without separators (`no-reply` is `noreply`). Left out on purpose: words that are
 * also given names or surnames (art, bill, dean, grant, page, mark, king) and bare place names. Read by
 * edge/checks/role.ts.
 */

/** Words that may stand alone, or before a number, a region or a unit: `sales`, `sales2`, `sales-emea`. */
export const ROLE_WORDS: Readonly<Record<string, string>> = {
  rfc2142:
    'abuse hostmaster info marketing news noc postmaster sales security support trouble usenet uucp webmaster www ' +
    'ftp',
  machine:
    'admin admins administrator administrators adm administration alarm alarms alert alerts announce ' +
    'announcements api app auto automail autoreply autoresponder autoconfirm automated backup bot bounce bounces ' +
    'bouncehandler bugs bug confirm confirmation cron daemon data database default delivery deploy devnull digest ' +
    'dmarc dmarcreports dmarcrua dnsadmin dns domain domainadmin domains donotreply donotrespond dontreply echo ' +
    'email emails error errors fbl fax feedback feedbackloop form forms git gitlab jenkins jira ldap list lists ' +
    'listadmin listmanager listmaster listproc listrequest listserv listserver localhost log logs mail mailadmin ' +
    'mailbox mailbot mailer mailerdaemon maildaemon mailing mailings mailinglist mailman mailmaster mailout ' +
    'mailroom mails majordomo messages monitor monitoring nagios netadmin network nobody noemail nomail none ' +
    'noreplies noreply noresponse nospam notification notifications notify notice notices notifier ntp null ' +
    'operator oracle postbox postfix printer proxy quarantine relay reply replies replyto report reporting ' +
    'reports returns return root routing rss scan scanner securityalert sendmail server servers site smtp spam ' +
    'spamreport ssl ssladmin status subscribe subscriber subscription subscriptions sysadmin sysop system systems ' +
    'test tester testing tests testuser tls tlsrpt ticket tickets undisclosedrecipients unsubscribe update ' +
    'updates verify verification voicemail web webadmin webform webmail website websites webserver webteam whois ' +
    'wordpress wwwdata wwwadmin zabbix reminder reminders junk invitations invites webnotification notes ' +
    'automation backend frontend cloud download discuss apps directory ' +
    'systemmessage ispsupport chatter ripeabuse sitemaster servermaster devs inoc junkmail spamtrap virus antivirus phishingreport unix linux',
  support:
    'ask assist assistance callcenter callcentre care chat claim claims client clientcare clientrelations clients ' +
    'clientservice clientservices clientsupport complaint complaints concierge contact contacts contactus crm ' +
    'customer customercare customerexperience customerrelations customers customerservice customerservices ' +
    'customersuccess customersupport custserv cs csr emergency enq enquire enquires enquiries enquiry faq ' +
    'guestservices guestrelations help helpdesk helpme hello hi hey hola hallo ciao infodesk infos information inquire ' +
    'inquiries inquiry ithelp itsupport itservicedesk itdesk moreinfo onlinesupport prosupport question questions ' +
    'queries query repair repairs request requests response rma sav service servicedesk servicecenter ' +
    'servicecentre services spares suggestions supportdesk supportteam tech techhelp technical technicalsupport ' +
    'techsupport techteam userhelp users warranty welcome customerfeedback customerservicecenter success ' +
    'sellersupport',
  sales:
    'account accountmanager accountmanagers accountmanagement accounts acquisition ad ads adops adsales advertise ' +
    'advertising adwords affiliate affiliates affiliation agents ambassador ambassadors b2b bd bdm biz bizdev ' +
    'brand branding brands business businessdevelopment buying buyer buyers campaign campaigns channel channels ' +
    'commerce commercial competition corporatesales creative deals dealer dealers digital digitalmarketing ' +
    'ecommerce enews estimates estimating export exports franchise fundraising growth import imports insidesales ' +
    'internetsales leads mailorder marcom market marketingteam marketplace media mediarelations merchandise ' +
    'merchandising merchant merchants mkt mktg newbiz newbusiness newsdesk newsletter newsletters newsroom offer ' +
    'offers onlinesales order orderdesk orders outreach parts partner partnerrelations partners partnership ' +
    'partnerships ppc pr pressoffice press pressroom presales pricing promo promos promotion promotions publicity ' +
    'publicrelations quotation quotations quote quotes referral referrals retail rfp rfq sale saleinfo salesadmin ' +
    'salesinfo salesdept salesdesk salesdepartment salesforce salesinquiry salesmanager salesoffice salesops ' +
    'salessupport salesteam seo sem shop shops smm social socialmedia sponsor sponsors sponsorship sponsorships ' +
    'store stores tender tenders trade tradeshows webshop wholesale advertisingsales salesengineers shopping tour',
  finance:
    'accountant accountants accounting accountspayable accountsreceivable ap ar arap assets audit auditor ' +
    'auditors billing bills bookkeeper bookkeeping budget cashier collections commissions compliance ' +
    'controller controlling cpa credit creditcontrol debtors donate donation donations donor donors einvoice ' +
    'einvoices einvoicing expense expenses finance finances financial financeteam funding giving insurance invest ' +
    'investing investment investments investor investorrelations investors invoice invoices invoicing ir loans ' +
    'mortgage pay payable payables payment payments payroll procurement purchase purchases purchasing ' +
    'purchaseorders receipt receipts receivable receivables refund refunds remittance remittances shareholders ' +
    'statements supplier suppliers supply supplychain tax taxes tariffs taxation timesheet timesheets treasurer ' +
    'treasury vat vendor vendors',
  people:
    'advisor advisors alumni all allemployees allhands allstaff allteam allusers associates board boardmembers ' +
    'boardofdirectors career careers cdo ceo cfo chair chairman chairperson chairwoman chro cio ciso cmo cro cso ' +
    'cto committee company consultant consultants contractors contributors coo coordinator coordinators council ' +
    'counsel crew cpo deputy director directors dpo employee employees employment everybody everyone exec execs ' +
    'executive executives executiveteam faculty founder founders fulltime gm group groups head headoffice hiring ' +
    'hr hrd hrdept hrdepartment hrteam hrmanager hrinfo humanresource humanresources internship internships ' +
    'interns job jobapplications jobs leaders leadership leadershipteam management manager managers ' +
    'managingdirector md member memberinfo members memberservices membership memberships mentors mgmt officer ' +
    'officers onboarding owner owners parents people peopleops peopleteam personnel president presidents ' +
    'presidency principal principals recruit recruiter recruiters recruiting recruitment recruitments resume ' +
    'resumes cv cvs secretariat secretaries secretary shareholder staff staffing staffoffice students student ' +
    'superintendent supervisor supervisors talent talentacquisition teacher teachers team teamleads trainee ' +
    'trainees trustee trustees user vacancies vacancy vicepresident volunteer volunteering volunteers vp ' +
    'workforce worker workers analysts coach coaches coaching contractor demo equipo friends headteacher intern ' +
    'lead mentor presidente productmanagers productteam projectmanagers squad teamleaders trainers women ' +
    'fundraisers ' +
    'ceos seniors heads geeks hackers ladies deputyhead assistanthead professor membersuccess sdr csm sdrs interim hod hods',
  office:
    'academy accessibility accommodation admission admissions advice agency answers appointment appointments ' +
    'apply applications applicant applicants application archive archives arrivals auction auctions author ' +
    'authors benefits bookshop booking bookings bulletin cafe calendar campus catering central centre center ' +
    'chancellor checkin church class classes clerk clinic club code comment comments communication communications ' +
    'community comms concerts conference conferences connect content contract contracts copyright corp corporate ' +
    'correspondence course courses culture curator customs databreach departures design designer designers desk ' +
    'dev developer developers development devops devteam dispatch diversity docs document documents drivers ' +
    'editor editorial editorinchief editors education emea engineer engineering engineers enrollment enrolment ' +
    'enterprise environment ethics event events eventmanager exhibitions expert experts facilities facility fleet ' +
    'frontdesk frontoffice fulfillment gallery gdpr general generalinfo gifts global grants graphics guest guests ' +
    'hackathon headquarters healthandsafety history hosting hotel housekeeping housing hotline hq hse ideas ' +
    'implementation inbound inbox infosec innovation insights install installation instructor integration ' +
    'integrations intake internal international internet it itadmin itdept itdepartment itmanager itops ' +
    'itsecurity itteam join journal lab labs laboratory lawyers leasing legal legalteam legalnotices letters ' +
    'library librarian licence licensing location login logistics lostandfound maintenance manuscripts map maps ' +
    'mayor medical meeting meetings meetup mobile museum music office officeadmin officemanager offices official ' +
    'officestaff online onlineeditor oncall operation operations operators ops ombudsman outage outbound parish ' +
    'parking pastor patient patients permissions phish phishing photo photos planning platform pm pmo police ' +
    'policy portal post practice privacy privacyofficer product production productmanager productmanagement ' +
    'products producers programme programs program programming project projectmanager projects properties ' +
    'property provost public publication publications publisher publishers publishing qa quality qualityassurance ' +
    'qualitycontrol radio reception receptionist records register registrar registration registrations registry ' +
    'regulatory release rental rentals research reservation reservations reserve restaurant reviews rights risk ' +
    'rsvp safety safeguarding schedule scheduler scheduling school schooloffice science search seminar seminars ' +
    'shipment shipments shipping signup signups software solutions sos spa sport sports stats statistics strategy ' +
    'studio submission submissions submit survey surveys technique technology telecom theatre theteam tours ' +
    'tourism tools training transport transportation travel treatment tv university ux vip visit visitor visitors ' +
    'visits warehouse webdesign webdev webinar webinars workshop workshops writers yachts webenquiry webenquiries ' +
    'webinfo webmarketing websales websupport webcontact analytics admisiones bulletins classroom consulting core ' +
    'engagement eng infra infrastructure learn learning links metrics misc offboarding offtopic performance ' +
    'portfolio prod random rnd startups stories study techops testgroup todos trial work family homes ' +
    'launch lunch onsite ooo recommendations revenue reg theoffice watercooler highschool middleschool socialclub fulfillments innkeeper eletters food football nps',
  german:
    'abteilung anfrage anfragen angebot angebote anmeldung annahme anzeigen apotheke ausbildung auskunft auftrag ' +
    'auftraege beratung beschwerde beschwerden bestellung bestellungen betriebsrat bewerbung bewerbungen ' +
    'bibliothek buchhaltung buchung buchungen buero büro buergerbuero bürgerbüro datenschutz ' +
    'datenschutzbeauftragter dienstleistung dispo disposition ebay einkauf einladung empfang entwicklung ' +
    'ersatzteile fakturierung fahrschule fibu filiale finanzbuchhaltung finanzen feuerwehr forschung fragen ' +
    'gemeinde geschaeftsfuehrung geschäftsführung geschaeftsleitung geschäftsleitung geschaeftsstelle ' +
    'geschäftsstelle gf haendler händler hausmeister hausverwaltung impressum immobilien innendienst ' +
    'instandhaltung kanzlei karriere kasse kontakt kreditoren debitoren kundenbetreuung kundencenter kundendienst ' +
    'kundenservice kundensupport kundenberatung kurse lager lehrgang leitung lieferanten lohn logistik mahnung ' +
    'mahnwesen marktplatz mitglied mitglieder mitgliederservice mitarbeiter musikschule notfall ' +
    'oeffentlichkeitsarbeit öffentlichkeitsarbeit personal personalabteilung personalwesen pfarramt pfarrbuero ' +
    'planung posteingang poststelle praxis presse pressestelle produktion projekte pruefung qualitaet rathaus ' +
    'rechnung rechnungen rechnungseingang rechnungswesen rechtsabteilung redaktion reiseberatung reisebuero ' +
    'reklamation reklamationen reservierung reservierungen rezeption schadenmeldung schulleitung schule ' +
    'schwarzesbrett sekretariat spenden stadtverwaltung standesamt stellenangebote steuer technik termin termine ' +
    'tierarzt tourismus umwelt veranstaltung veranstaltungen verein verkauf vermietung versand vertrieb ' +
    'vertriebsinnendienst verwaltung verlag vorstand vorsitz werbung werkstatt wartung werk widerruf zahlung ' +
    'zentrale zentrallager hilfe allgemein anmeldungen bestellservice bewerber dekanat einwohnermeldeamt fanshop ' +
    'fundbuero gast gaeste hotelreservierung jugendamt kindergarten kita kfz leitstelle mitteilung nachrichten ' +
    'ordnungsamt pflege pflegedienst prospekt rektorat sozialamt sozialdienst studienberatung studium umweltamt ' +
    'vereinsleitung wohnungen zeitung',
  french:
    'abonnement abonnements accueil achat achats administratif administratrice adherents adhesion agence ' +
    'assistante assurance association boutique bibliotheque billetterie bonjour bureau cabinet candidature ' +
    'candidatures clientele commande commandes commerciale commerciaux compta comptabilite comptabilité comptable ' +
    'conseil courrier depannage depot devis direction directeur direccion dirigeant documentation dons ecole ' +
    'école emploi equipe équipe etude etudes evenement evenements expedition expeditions exploitation fabrication ' +
    'facturation facture factures fournisseurs formation formations garage gerance gestion informatique ' +
    'inscription inscriptions institut juridique livraison livraisons logistique magasin mairie maire monsite ' +
    'musee nouscontacter paie partenaires partenariat partenariats permanence pharmacie photographie ' +
    'planification presidence président proprietaire qualite recrutement recrutements redac redaction rédaction ' +
    'resa reclamation reclamations responsable rh ressourceshumaines scolarite secretaire secrétariat ' +
    'serviceclient serviceclients serviceapresvente servicecommercial siege stage stages standard syndic ' +
    'tresorerie tresorier transports urgence vente ventes webmestre assistantes contactez devenir evenementiel ' +
    'hebergement infoclient presta reclamationclient servicecontact sinistre sinistres contacter ' +
    'infocontact',
  spanish:
    'administracion administración administrador almacen alquiler archivo asesoria asistencia asociacion atencion ' +
    'atencionalcliente atencioncliente atencionclientes atencionalpublico atencionalusuario ayuda ayuntamiento ' +
    'biblioteca bienvenido bolsadetrabajo caja calidad capacitacion citas cliente clientes cobranza cobranzas ' +
    'colegio comercial compras comunicacion comunicación comunicaciones consulta consultas consultoria ' +
    'contabilidad contactar contacte contactenos contacto contactos contratacion correo correos cotizacion ' +
    'cotizaciones curriculum cursos decanato delegacion departamento desarrollo despacho dirección diseno ' +
    'distribucion donaciones educacion empleo empleos empresa empresas envios escuela eventos exportacion ' +
    'exportaciones expedientes factura facturacion facturación facturas finanzas formacion gerencia gerente ' +
    'hospital importaciones incidencias informacion información informes informatica ingenieria inmobiliaria ' +
    'inscripcion inscripciones inversiones investigacion juridico laboratorio logistica mantenimiento mercadeo ' +
    'mercadotecnia mesadeayuda notificacion notificaciones noticias oficina operaciones pagos pedido pedidos ' +
    'planta prensa presidencia presupuesto presupuestos produccion protocolo promociones proveedores proyectos ' +
    'publicidad quejas recepcion recepción reclamaciones reclamos recursoshumanos redaccion registro reserva ' +
    'reservaciones reservas restaurante rrhh rrpp sac seguridad seguros secretaria secretaría seleccion servicio ' +
    'servicioalcliente servicioclientes servicios serviciotecnico sistemas socios soporte soportetecnico ' +
    'sugerencias suministros suscripcion suscripciones taller tecnico tesoreria tienda trabajo tramites ' +
    'transparencia turismo ventas viajes centro directo asistente colaboradores enlinea envio ofertas ' +
    'promocion rectorado',
  portuguese:
    'administracao administração administrativo agendamento aluguel almoxarifado assessoria assinaturas ' +
    'assistencia atendimento atendimentoaocliente bomdia cadastro candidatos cobranca cobrança comunicacao ' +
    'comunicação contabil contabilidade contato contatos contratos coordenacao credito curriculos depto ' +
    'departamentopessoal diretor diretoria direcao divulgacao encomendas engenharia entregas escola escritorio ' +
    'estagio expedicao exportacao falecom faleconosco faturamento financas financeiro fiscal formacao ' +
    'fornecedores geral imobiliaria imprensa importacao informacao informacoes inscricao inscricoes jornalismo ' +
    'licitacao licitacoes loja lojavirtual locacao manutencao matriculas moradores nfe notafiscal orcamento ' +
    'orcamentos ouvidoria pagamentos parcerias patrimonio pesquisa planejamento posvenda prefeitura producao ' +
    'projetos propostas qualidade recepcao recrutamento redacao relacionamento reitoria saude servicos sindico ' +
    'suporte suportetecnico suprimentos tecnologia tesouraria trabalheconosco transportes treinamento vagas venda ' +
    'vendas vestibular ' +
    'produto produtos publicidade informativo',
  italian:
    'abbonamenti acquisti affari agenzia albergo amministrazione amministratore amministrativo anagrafe annunci ' +
    'assistenza assistenzaclienti assistenzatecnica associazione biglietteria bottega centralino clienti ' +
    'commercialista comune comunicazione concorsi condominio consulenza contabilita contabilità contatti contatto ' +
    'corsi didattica direttore direzione ditta edilizia estero eventi farmacia fattura fatture fatturazione ' +
    'fornitori garanzia gare gestione immobiliare impianti infoweb informazioni ingrosso iscrizioni istituto ' +
    'lavoro lavoraconnoi legale magazzino manutenzione mostra museo negozio noleggio offerte officina ordini ' +
    'ospitalita paghe parrocchia pagamenti personale posta prenota prenotazioni presidenza preventivi preventivo ' +
    'prodotti produzione progetti progettazione protocollo promozione pubblicita qualita qualità ragioneria ' +
    'reclami redazione responsabile ricambi ricevimento ricerca risorseumane ristorante rivenditori sanita scuola ' +
    'segnalazioni segreteria segretaria servizi servizio servizioclienti sicurezza sindaco soci spedizioni stampa ' +
    'sviluppo tesseramento tributi uff ufficio ufficioacquisti ufficiocommerciale ufficiostampa ufficiotecnico ' +
    'vendita vendite viaggi pec fatturazioneelettronica',
  dutch:
    'aanmelden aanmelding aankoop aanvraag aanvragen abonnementen administratie advertenties afspraak afspraken ' +
    'bedrijf bedrijfsbureau beheer bestelling bestellingen bestuur bezoek bibliotheek boekhouding boeken ' +
    'boekingen buitendienst binnendienst communicatie crediteuren debiteuren directie directiesecretariaat ' +
    'dienstverlening documentatie evenementen facilitair factuur facturen facturatie financien financieel ' +
    'gemeente gegevensbescherming huisarts ict incasso inkoop inkoopfacturen inschrijven inschrijving ' +
    'inschrijvingen jeugd kantoor kassa klacht klachten klantcontact klantenservice klantenzorg klantendienst ' +
    'klanten kwaliteit leden ledenadministratie leverancier leveranciers logistiek magazijn makelaar medewerkers ' +
    'nieuws nieuwsbrief offertes onderhoud onderdelen onderwijs opleiding opleidingen penningmeester pers ' +
    'personeel personeelszaken postbus praktijk privacybeleid producties projecten receptie redactie reservatie ' +
    'reserveren reservering reserveringen retouren salaris salarisadministratie schade secretariaat secretaris ' +
    'serviceteam sollicitatie sollicitaties sollicitatiebureau storing storingen techniek technischedienst ' +
    'vacature vacatures vereniging verhuur verkoop verzekeringen verzending voorzitter vragen vrijwilligers ' +
    'webredactie webwinkel welkom werkenbij werkplaats winkel zaken zorg',
  nordic:
    'administrasjon ansökan ansokan asiakaspalvelu avis avtal bestilling bestillinger bestallning beställning ' +
    'bibliotek bokforing bokning bokningar bogholderi butik butikk drift ekonomi eksport faktura fakturaer ' +
    'fakturor fakturering finans firmapost foretag foreningen forening forsakring forsaljning försäljning ' +
    'forretning forsikring föreningen hallinto hej hjalp huolto ilmoitukset inkjop inkop inköp innkjop jobb jobba ' +
    'julkaisu kansli kansliet kanslia kassor kasserer kassoren kirjaamo kirjasto klubb klubben kommune kommun ' +
    'kommunikasjon kontakta kontor kontoret kundcenter kundesenter kundeservice kundservice kundtjanst kundtjänst ' +
    'kursus kurser laskutus laskut ledelse loenn løn lön lonn markedsforing marknad medlem medlemmer medlemskap ' +
    'miljo myynti myyntipalvelu neuvonta nyheter nyhetsbrev ordre okonomi økonomi palaute palvelu ' +
    'personalavdelning postmottak pressen redaksjon redaksjonen redaktionen regnskap regnskab rehtori rekry ' +
    'rekrytering rekruttering reklamasjon resepsjon salg salj salgs sälj sekretar sekretariatet skola skole ' +
    'skolen styrelse styrelsen styret styre tilaus tilaukset tilbud toimisto toimitus tyopaikat uthyrning utleie ' +
    'utbildning vaktmester vakt varaukset varaus vaxel verksted verkstad viestinta økonomiafdeling salgsafdeling ' +
    'salgsavdeling',
  polish_czech_slovak:
    'administracja bilety biuro biurozarzadu biblioteka dyrekcja dyrektor dzial faktury fundacja gmina handel ' +
    'handlowy hurt hurtownia informacja informacje kadry kadryiplace kancelaria kariera kierownik klient klienci ' +
    'klub ksiegowosc księgowość logistyka magazyn naprawy oferty obsluga obslugaklienta obsługa oddzial ' +
    'ogloszenia parafia pomoc platnosci poczta praca prasa prezes prawnik produkcja projekty przetargi recepcja ' +
    'redakcja reklama reklamacja reklamacje rekrutacja rezerwacja rezerwacje rodo rozliczenia serwis skargi sklep ' +
    'sklepinternetowy sprzedaz sprzedaż szkola szkolenia technika techniczny urzad windykacja wspolpraca wynajem ' +
    'wycena wysylka zamowienia zamówienia zamowienie zaopatrzenie zapytania zarzad zgloszenia zwroty ' +
    'administrativa asistentka brigady dispecink dotazy ekonom ekonomicke eshop fakturace fakturacia galerie ' +
    'informace informacie inzerce jednatel kancelar knihovna kniznica kurzy mzdy nabidka nabidky nakup nakupy ' +
    'objednavka objednavky objednávky obchod obchodni obchodne oddeleni odbyt osobni podatelna podpora pokladna ' +
    'poptavka poptavky poradna pracovnici prace predaj predajna predplatne prihlasky prijem prodej prodejna ' +
    'produkce provoz reditel reditelstvi recepce recepcia redakce reklamace reklamacie rezervace rezervacie ' +
    'sekretariát servis skolka sklad stiznosti studijni ubytovani ucetni ucetnictvo ucto uctarna uctaren urad ' +
    'uradovna vedouci vedeni vyroba vystavba zakaznicky zakaznik zakazky zasobovani zastupce zamestnani',
  hungarian_romanian_balkan:
    'ajanlat ajanlatkeres beszerzes biztositas ertekesites fogadas foglalas gazdasag hirdetes ifjusag igazgato ' +
    'igazgatosag informacio iroda iskola kapcsolat karrier konyveles konyvtar kozpont megrendeles munka ' +
    'onkormanyzat palyazat panasz penzugy polgarmester polgarmesterihivatal recepcio rendeles rendelesek sajto ' +
    'szallas szamlazas szerkesztoseg szerviz szolgaltatas titkarsag tanfolyam ugyfelszolgalat ugyvezeto uzlet ' +
    'vasarlas vevoszolgalat achizitii anunturi birou cariere comenzi conducere contabilitate contracte depozit ' +
    'facturare facturi financiar juridic livrari magazin oferta oferte ofertare primaria publicitate reclamatii ' +
    'registratura relatii relatiiclienti relatiicupublicul resurseumane rezervari suport vanzari blagajna ' +
    'direktor dostava gradonacelnik komercijala knjigovodstvo knjiznica nabava nabavka narudzbe natjecaj ' +
    'ordinacija poslovnica podrska ponuda ponude prijave prodaja prodavnica racunovodstvo reklamacije rezervacije ' +
    'skladiste studentska tajnistvo trgovina upisi uprava uredništvo urednistvo ured zaposlenje buhgalteria ' +
    'schetovodstvo ofis poruchki prodajbi',
  turkish_greek:
    'abonelik akademi arge bilet bilgi bilgiislem basin basvuru belediye danisma danismanlik depo destek dernek ' +
    'duyuru egitim etkinlik fatura fiyat genelmudur halklailiskiler hukuk ihale ihracat iletisim insankaynaklari ' +
    'ithalat kalite kampanya kariyer kurumsal lojistik merkez muhasebe mudur mudurluk musteri musterihizmetleri ' +
    'musteriiliskileri odeme ogrenci ogrenciisleri okul operasyon ozelkalem pazarlama rezervasyon reklam satis ' +
    'satinalma satissonrasi sekreter sikayet siparis sigorta tasarim tedarik teklif teknik teknikservis ' +
    'teknikdestek uretim uyelik yazilim yonetim yonetici epikoinonia grammateia logistirio paraggelies ' +
    'plirofories poliseis politiki promitheies ypostirixi',
  slavic_cyrillic:
    'инфо информация почта продажи отдел офис поддержка бухгалтерия директор заказ заказы кадры реклама секретарь ' +
    'приемная приёмная склад сервис магазин контакт контакты помощь админ администратор пресса редакция закупки ' +
    'маркетинг техподдержка buh buhg buhgalter buhgalteriya bux dogovor dostavka zakaz zakazy zakupki zayavka ' +
    'zayavki kadr kantselyariya kanc menedjer nachalnik oplata opt optom otdel otdelkadrov otdelprodazh pochta ' +
    'podderzhka pomosch postavka priem priemnaya priemka prodazha prodazhi rezume sbyt shkola snab snabjenie ' +
    'snabzhenie sotrudniki stroitelstvo tehpodderzhka torg torgi upravlenie vakansii yurist zavod zhkh gkh',
  asian:
    'boshu eigyo eigyou goiken gyomu jigyou jimukyoku jinji kaikei kaiin kanri keiri kengaku kikaku koho kouhou ' +
    'koubai nyukai otoiawase oubo saiyo saiyou seisan shien shiryou shomu shoumu shukka soumu soudan toiawase ' +
    'tsuhan uketsuke yoyaku chumon caigou caiwu fawu kefu renshi shangwu shichang xiaoshou xingzheng zhaopin ' +
    'zhichi yewu bangongshi gaegin yeongup gogaek chaeyong hongbo lienhe hotro tuyendung ketoan kinhdoanh nhansu ' +
    'dathang chamsockhachhang cskh penjualan pemasaran keuangan layanan pelanggan personalia hubungi kontakkami ' +
    'sekretaris pengaduan jualan khidmat pertanyaan aduan',
};

/**
 * Parts of role words that are no role words themselves: with them and the role words, `no.reply`, `human-resources`
 * and `lavora.con.noi` split into whole words, and `b.illing`, `in.fo` and `ad.min` do not. Left out: single letters,
 * and syllables that are also names of people (Vietnamese).
 */
export const ROLE_WORD_PARTS =
  'no not do dont respond responder handler loop master host serv box out room net sys isp anti call voice us ' +
  'relations experience me more pro seller inside new pre letter force control chain hands of and managing vice ' +
  'assistant book breach in chief front quarters health high middle on off the over resources human place shows ' +
  'kunden buerger bürger finanz geschaefts geschäfts haus musik schul stadt stellen rechts reise zentral studien ' +
  'schwarzes brett ressources humaines nous apres mon recursos humanos al publico usuario bolsa de mesa fale com ' +
  'conosco trabalhe virtual nota pos pessoal risorse umane lavora con noi tecnica elettronica resurse klant beleid ' +
  'werken bij insan kaynaklari hizmetleri iliskileri halkla iliskiler genel satin alma sonrasi ozel kalem isleri ' +
  'islem klienta internetowy kadrov prodazh teh kontak kami undisclosed recipients dept department resource lost ' +
  'found message trap fuehrung führung stelle eingang dienst betreuung beauftragter daten schutz wesen';
