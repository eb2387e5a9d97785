"""The closed list of refusal codes, and what each tells a person to do."""

from collections.abc import Mapping
from types import MappingProxyType

MOTIFS: Mapping[str, str] = MappingProxyType(
    {
        "fichier-vide": (
            "Le fichier reçu est vide. Vérifiez qu’il s’ouvre sur votre poste, puis "
            "envoyez-le de nouveau."
        ),
        "fichier-trop-gros": (
            "Le fichier dépasse la taille admise. Numérisez-le en niveaux de gris à "
            "200 ou 300 points par pouce, ou envoyez-le en plusieurs fichiers."
        ),
        "envoi-tronque": (
            "L’envoi s’est interrompu avant la fin et rien n’a été gardé. Envoyez le "
            "fichier de nouveau."
        ),
        "nom-invalide": (
            "Le nom du fichier ne peut pas être lu. Renommez-le avec des lettres et des "
            "chiffres, puis envoyez-le de nouveau."
        ),
        "type-non-accepte": (
            "Ce type de fichier n’est pas accepté. Envoyez un PDF, ou une image TIFF, "
            "JPEG, PNG ou HEIC."
        ),
        "type-different-de-l-extension": (
            "Le contenu du fichier n’est pas ce que son nom annonce. Enregistrez le "
            "document en PDF (ou en image JPEG, PNG, TIFF, HEIC), puis envoyez-le de "
            "nouveau."
        ),
        "pdf-illisible": (
            "Ce PDF est abîmé ou incomplet : il ne peut pas être ouvert en entier. "
            "Enregistrez-le ou numérisez-le de nouveau, puis renvoyez-le."
        ),
        "pdf-protege": (
            "Ce PDF est protégé par un mot de passe. Enregistrez-le sans protection "
            "(par exemple avec « Imprimer en PDF »), puis renvoyez-le."
        ),
        "pdf-sans-page": (
            "Ce PDF ne contient aucune page. Vérifiez le document d’origine, puis "
            "renvoyez-le."
        ),
        "pdf-trop-complexe": (
            "Ce PDF demande trop de mémoire ou de calcul pour être lu. Imprimez-le en "
            "PDF ou numérisez-le, puis renvoyez-le."
        ),
        "trop-de-pages": (
            "Le fichier compte plus de pages que la limite admise. Envoyez-le en "
            "plusieurs fichiers."
        ),
        "image-illisible": (
            "Cette image est abîmée ou incomplète. Photographiez ou numérisez le "
            "document de nouveau, puis renvoyez-le."
        ),
        "image-trop-grande": (
            "Une page de ce fichier est trop grande pour être lue. Numérisez le "
            "document à 200 ou 300 points par pouce, puis renvoyez-le."
        ),
        "archive-illisible": (
            "L’archive est abîmée et ne peut pas être ouverte. Refaites-la, puis "
            "renvoyez-la."
        ),
        "archive-protegee": (
            "L’archive est protégée par un mot de passe. Refaites-la sans mot de "
            "passe, puis renvoyez-la."
        ),
        "archive-bombe": (
            "Le contenu de l’archive est démesuré par rapport à sa taille. Envoyez les "
            "documents sans les compresser."
        ),
        "archive-chemin-interdit": (
            "L’archive contient un nom de fichier interdit. Refaites-la avec les seuls "
            "documents, sans dossier ni raccourci, puis renvoyez-la."
        ),
        "archive-imbriquee": (
            "L’archive contient une autre archive. Placez tous les documents dans une "
            "seule archive, puis renvoyez-la."
        ),
        "trop-d-elements": (
            "L’envoi contient plus de documents que la limite admise. Envoyez-le en "
            "plusieurs fois."
        ),
        "manifeste-invalide": (
            "La liste qui accompagne l’envoi ne peut pas être lue. Corrigez-la, puis "
            "renvoyez le tout."
        ),
        "manifeste-different": (
            "La liste qui accompagne l’envoi ne correspond pas aux documents reçus. "
            "Comparez-les, puis renvoyez ce qui manque."
        ),
        "virus-detecte": (
            "L’antivirus a reconnu un programme dangereux dans ce fichier. Prévenez "
            "votre service informatique et n’ouvrez plus ce fichier."
        ),
        "deja-recu": (
            "Ce fichier a déjà été reçu : le premier récépissé reste valable et vous "
            "n’avez rien à faire."
        ),
        "analyse-trop-longue": (
            "La lecture de ce fichier a été arrêtée car elle durait trop longtemps. Le "
            "fichier est gardé et sera regardé par une personne ; vous pouvez aussi le "
            "numériser de nouveau."
        ),
        "analyse-impossible": (
            "Ce fichier n’a pas pu être analysé. Il est gardé à part et sera regardé "
            "par une personne ; vous n’avez rien à faire pour l’instant."
        ),
        "stockage-plein": (
            "L’espace de stockage est plein et le fichier n’a pas été gardé. Réessayez "
            "plus tard ou prévenez l’administrateur."
        ),
        "service-occupe": (
            "Le service est momentanément occupé. Réessayez dans quelques minutes."
        ),
    }
)

# Remarks on accepted files: they refuse nothing.
REMARQUES: Mapping[str, str] = MappingProxyType(
    {
        "contenu-actif": (
            "Le fichier contient des éléments actifs (programme, formulaire ou pièce "
            "jointe) : ils ne sont jamais exécutés, seules les pages sont lues."
        ),
        "double-nature": (
            "Le fichier peut aussi s’ouvrir comme un autre type : seul le premier a "
            "été lu."
        ),
        "signature-presente": (
            "Le fichier porte une signature électronique : il est gardé à l’octet près."
        ),
        "page-vide": "Le fichier contient au moins une page vide.",
        "tres-clair": "Une page est très claire : vérifiez qu’elle est lisible.",
    }
)
