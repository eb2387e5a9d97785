"""Invented names of people, places and trades; none of them exists."""

# ruff: noqa: ISC004 - prose cut for the width of the page
FAMILLES = (
    "VASSEROT", "AUBRESSAC", "TOUZELIN", "KERVADEC", "MONTARGUEL", "BRISEVENT",
    "CASTELNOIX", "DELAFOSSIÈRE", "GRANDJEON", "PUYLAURIER", "ROQUEVERT", "SAUVEPLANE",
    "TERRENOIRE", "VILLEMONTEIX", "BEAUCHAUMONT", "CHANTEMERLIN", "DURVILLIERS",
    "ESPARGIÈRE", "FONTARNEAU", "GAUTHERIN", "HAUTECLAIRE", "JONQUERET", "LABROSSE",
    "MALEPERTUS", "NOISEMONT", "ORVILLEAU", "PERCEVAULT", "QUINTERAC", "RIVECOURBE",
    "SAINTONGER", "TRÉMOLIÈRES", "URBAINVAL", "VERTADIER", "YVONNEAU", "ZELLERMANN",
    "ARBOGASTE", "BOISFLEURY", "CLAIREFOND", "DAMPIERROT", "ÉGLANTIER", "FAUCONNERET",
    "GIRONDEAU", "HERBELOT", "ISAMBARD", "JUSSERAND", "LANGUILLE", "MIRAMBEAU",
    "NAVARRET", "OUDINEAU", "PASTOUREL", "RAMBOUILLEAU", "SERVENTIN", "TAILLEPIED",
    "VAUQUELIN", "BELLEGARRIGUE", "COURTEPAILLE", "DESTREMAU", "FERRADOU", "GOURMELIN",
    "HOUDEBERT", "LESTRANGIER", "MAUCONDUIT", "PRUNELLEAU", "ROUSSARIE", "TOURNEBISE",
)  # fmt: skip
FEMMES = (
    "Solène", "Maëlle", "Bérengère", "Anne-Lise", "Clotilde", "Édith", "Faustine",
    "Ghislaine", "Hortense", "Isaure", "Joséphine", "Laurence", "Mireille", "Nadège",
    "Odile", "Pascaline", "Roxane", "Sandrine", "Thérèse", "Valentine", "Yolande",
    "Zoé", "Amélie", "Brigitte", "Capucine",
)  # fmt: skip
HOMMES = (
    "Armand", "Baptiste", "Cédric", "Désiré", "Étienne", "Fabien", "Gaspard", "Hervé",
    "Ignace", "Jérôme", "Lionel", "Mathieu", "Noël", "Octave", "Philibert", "Quentin",
    "Raphaël", "Stéphane", "Thibault", "Ulysse", "Valéry", "William", "Yannick",
    "Amaury", "Bastien",
)  # fmt: skip
VOIES = (
    "rue des Tisserands", "chemin du Vieux Four", "allée des Ormeaux", "impasse du Puits",
    "rue de la Halle aux Grains", "avenue des Marronniers", "place du Lavoir",
    "route de la Croix Blanche", "rue du Moulin à Tan", "quai des Gabares",
    "rue Basse-Ville", "sente des Vignerons", "boulevard de la Filature",
)  # fmt: skip
# nom, forme, ville, code postal, département
COLLECTIVITES = (
    ("Commune de Valbrune-les-Étangs", "commune", "Valbrune-les-Étangs", "99210",
     "Haute-Morvandelle"),
    ("Communauté de communes des Sept Rivières", "communauté de communes",
     "Castelbosc-sur-Orne", "98640", "Orne-et-Lisière"),
    ("Centre communal d'action sociale de Sainte-Orane", "CCAS", "Sainte-Orane",
     "99870", "Haute-Morvandelle"),
)  # fmt: skip
GRADES = (
    ("Adjoint technique territorial", "C"),
    ("Adjoint technique principal de 2e classe", "C"),
    ("Adjoint administratif territorial", "C"),
    ("Rédacteur principal de 1re classe", "B"),
    ("Agent de maîtrise", "C"),
    ("ATSEM principal de 1re classe", "C"),
    ("Auxiliaire de puériculture de classe normale", "B"),
    ("Technicien territorial", "B"),
    ("Attaché territorial", "A"),
    ("Agent social territorial", "C"),
    ("Brigadier-chef principal", "C"),
    ("Éducateur de jeunes enfants", "A"),
)
SERVICES = (
    "Services techniques", "Espaces verts", "Restauration scolaire", "État civil",
    "Finances", "Petite enfance", "Police municipale", "Aide à domicile", "Voirie",
    "Ressources humaines",
)  # fmt: skip
MEDECINS = (
    "Aliénor BRANDEVAL", "Côme SAINTE-RIVE", "Domitille OZERAY", "Évariste LACOMBLÉE",
    "Flore MINVIELLEZ", "Gontran ESPELETTE", "Hélia CORVISIER", "Jacinthe TAVERNAY",
    "Léopold GARRICHE", "Maxence DORVALLE",
)  # fmt: skip
TEMOINS = (
    "Renée CHAUMEILLE",
    "Alban FOURCADELLE",
    "Inès PORTALEGRE",
    "Loïc BRÉMOND-TIL",
)
ASSUREURS = (
    "Mutuelle des Ponts Couverts",
    "La Prévoyante du Val",
    "Assurances Grand-Ouest 9",
)
ACCIDENTS = (
    ("En descendant l'échelle du local de stockage, le pied a glissé sur le dernier "
     "barreau humide.", "entorse", "cheville droite", "atelier municipal"),
    ("En soulevant une tondeuse pour la charger dans le fourgon, vive douleur dans le "
     "bas du dos.", "lombalgie aiguë", "région lombaire", "parc des Ormeaux"),
    ("En coupant des légumes, la lame a dérapé sur la main gauche.", "plaie", "main gauche",
     "cuisine centrale"),
    ("Chute de plain-pied dans le couloir du groupe scolaire, sol lavé.", "contusion",
     "genou gauche", "groupe scolaire du Lavoir"),
    ("En fermant la barrière du dépôt, doigt coincé entre le montant et le vantail.",
     "écrasement", "index droit", "dépôt de la voirie"),
    ("En portant une personne lors d'un transfert, douleur brutale à l'épaule.",
     "tendinite traumatique", "épaule droite", "domicile d'un bénéficiaire"),
)  # fmt: skip
TRAJETS = (
    (
        "Percutée à vélo par une voiture qui sortait d'un stationnement.",
        "contusions multiples",
        "hanche droite",
        "avenue des Marronniers",
    ),
    (
        "Chute à scooter sur la chaussée verglacée en venant au travail.",
        "fracture",
        "poignet gauche",
        "route de la Croix Blanche",
    ),
)
